//! The same code for several sets of instructions.

/// What `$body` makes, a `Vec` or an array, compiled for each set of instructions that loops of this crate are compiled
/// for and this processor has; the plain set comes first. What `$body` calls has to be `inline(always)`.
macro_rules! on_each_target {
    ($made:ty, $body:expr) => {{
        fn plain() -> $made {
            $body
        }
        let mut all = vec![("plain", plain())];
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn avx2() -> $made {
                $body
            }
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn avx512() -> $made {
                $body
            }
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has it.
                #[expect(unsafe_code)]
                all.push(("avx2", unsafe { avx2() }));
            }
            let has_512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            if has_512 {
                // SAFETY: as before.
                #[expect(unsafe_code)]
                all.push(("avx512", unsafe { avx512() }));
            }
        }
        all
    }};
}

pub(crate) use on_each_target;

/// Floats by their bits.
pub(crate) fn assert_same_bits(all: &[(&str, Vec<f32>)]) {
    let (_, plain) = &all[0];
    for (name, made) in all {
        let same = made
            .iter()
            .zip(plain)
            .all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same && made.len() == plain.len(), "{name}");
    }
}
