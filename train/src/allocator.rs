//! The system's allocator, as training wants it.

/// Keeps freed memory for the next step. Call it first in `main`.
///
/// glibc gives every large tensor back to the system when it is freed, and each step then pays for
/// thousands of page faults anew: a quarter of its time (docs/training-speed.md). Other systems'
/// allocators are left as they are.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: mallopt only sets two numbers; it is called before other threads start, and what
        // it refuses stays as it was.
        #[expect(unsafe_code, reason = "glibc has no safe interface to this")]
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        }
    }
}
