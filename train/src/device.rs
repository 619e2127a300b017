//! Which devices train: `--device auto|cpu|cuda[:N]|vulkan[:N]|libtorch[:cpu|:cuda:N]|remote:…`,
//! several separated by commas.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;

/// One device, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceName {
    /// The best that this build has: CUDA, then Vulkan, then the CPU.
    Auto,
    /// burn's own backend for CPUs.
    Cpu,
    /// burn's CUDA backend.
    Cuda(usize),
    /// burn's wgpu backend on Vulkan: a discrete GPU by its number, or the one that wgpu prefers.
    Vulkan(Option<usize>),
    /// PyTorch's library, on the CPU …
    Libtorch,
    /// … or on a CUDA device.
    LibtorchCuda(usize),
    /// A device of another host, on which `colorize-train serve` runs.
    Remote {
        /// `HOST:PORT`
        host: String,
        /// Which of the devices that are served.
        index: usize,
    },
}

impl FromStr for DeviceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let index = |rest: &str| match rest {
            "" => Ok(0),
            number => number
                .parse()
                .map_err(|_| format!("`{number}` in `{text}` is no device number")),
        };
        match (kind, rest) {
            ("auto", "") => Ok(Self::Auto),
            ("cpu", "") => Ok(Self::Cpu),
            ("cuda", rest) => Ok(Self::Cuda(index(rest)?)),
            ("vulkan", "") => Ok(Self::Vulkan(None)),
            ("vulkan", rest) => Ok(Self::Vulkan(Some(index(rest)?))),
            ("libtorch", "" | "cpu") => Ok(Self::Libtorch),
            ("libtorch", rest) if rest == "cuda" || rest.starts_with("cuda:") => {
                Ok(Self::LibtorchCuda(index(
                    rest.trim_start_matches("cuda").trim_start_matches(':'),
                )?))
            }
            ("remote", host) if host.contains(':') => {
                let (host, number) = host.split_once('/').unwrap_or((host, ""));
                Ok(Self::Remote {
                    host: host.to_owned(),
                    index: index(number)?,
                })
            }
            _ => Err(format!(
                "`{text}` is no device; write auto, cpu, cuda[:N], vulkan[:N], libtorch[:cpu], \
                 libtorch:cuda:N or remote:HOST:PORT[/N]"
            )),
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => write!(f, "auto"),
            Self::Cpu => write!(f, "cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Vulkan(None) => write!(f, "vulkan"),
            Self::Vulkan(Some(index)) => write!(f, "vulkan:{index}"),
            Self::Libtorch => write!(f, "libtorch:cpu"),
            Self::LibtorchCuda(index) => write!(f, "libtorch:cuda:{index}"),
            Self::Remote { host, index } => write!(f, "remote:{host}/{index}"),
        }
    }
}

impl DeviceName {
    /// What `auto` stands for in this build.
    fn resolve(&self) -> Self {
        match self {
            Self::Auto if cfg!(feature = "cuda") => Self::Cuda(0),
            Self::Auto if cfg!(feature = "vulkan") => Self::Vulkan(None),
            Self::Auto => Self::Cpu,
            named => named.clone(),
        }
    }

    /// The device.
    ///
    /// # Errors
    /// This build does not have its backend: the message names the cargo feature. Or another host
    /// does not answer.
    pub fn open(&self) -> Result<Device, String> {
        match self.resolve() {
            Self::Auto | Self::Cpu => Ok(Device::flex()),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => Ok(Device::cuda(index)),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda(_) => Err(missing("cuda")),
            #[cfg(feature = "vulkan")]
            Self::Vulkan(index) => Ok(Device::vulkan(index.map_or(
                burn::tensor::DeviceKind::DefaultDevice,
                burn::tensor::DeviceKind::DiscreteGpu,
            ))),
            #[cfg(not(feature = "vulkan"))]
            Self::Vulkan(_) => Err(missing("vulkan")),
            // Deprecated in burn, with no successor that is as fast on a CPU.
            #[cfg(feature = "libtorch")]
            #[expect(deprecated)]
            Self::Libtorch => Ok(Device::libtorch()),
            #[cfg(feature = "libtorch")]
            #[expect(deprecated)]
            Self::LibtorchCuda(index) => Ok(Device::libtorch_cuda(index)),
            #[cfg(not(feature = "libtorch"))]
            Self::Libtorch | Self::LibtorchCuda(_) => Err(missing("libtorch")),
            #[cfg(feature = "remote")]
            Self::Remote { host, index } => remote::connect(&host, index),
            #[cfg(not(feature = "remote"))]
            Self::Remote { .. } => Err(missing("remote")),
        }
    }
}

/// Opens the devices of a list.
///
/// # Errors
/// See [`DeviceName::open`].
pub fn open(names: &[DeviceName]) -> Result<Vec<Device>, String> {
    names.iter().map(|name| name.open()).collect()
}

/// Devices of other hosts, through burn's remote backend over WebSocket. It is not encrypted: for
/// networks that are trusted, or through a tunnel.
#[cfg(feature = "remote")]
pub mod remote {
    use std::net::TcpListener;

    use burn::remote::RemoteHost;
    use burn::server::{RemoteServer, TokenAuthorizer, WebSocketTransport};
    use burn::tensor::Device;

    /// Both sides read the token that opens a session here; without it, anyone may.
    pub const TOKEN: &str = "COLORIZE_REMOTE_TOKEN";

    fn token() -> Option<String> {
        std::env::var(TOKEN).ok().filter(|token| !token.is_empty())
    }

    pub(super) fn connect(host: &str, index: usize) -> Result<Device, String> {
        let mut server = RemoteHost::websocket(&format!("ws://{host}"));
        if let Some(token) = token() {
            server = server.with_credential(token);
        }
        Device::remote_options(&server)
            .device_index(index)
            .init()
            .map_err(|error| format!("remote:{host}/{index}: {error}"))
    }

    /// Lends devices to other hosts until Ctrl-C.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn serve(devices: Vec<Device>, address: &str) -> Result<(), String> {
        let failed = |error: &dyn std::fmt::Display| format!("{address}: {error}");
        let listener = TcpListener::bind(address).map_err(|e| failed(&e))?;
        let mut server = RemoteServer::new(devices);
        if let Some(token) = token() {
            server = server.with_authorizer(TokenAuthorizer::new(token).map_err(|e| failed(&e))?);
        }
        let transport = WebSocketTransport::from_listener(listener);
        server.serve(transport).map_err(|e| failed(&e))
    }
}

#[allow(dead_code, reason = "a build may have every backend")]
fn missing(feature: &str) -> String {
    format!(
        "this build has no {feature}; build it with `cargo build --release -p colorize-train \
         --features {feature}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for (text, name) in [
            ("auto", DeviceName::Auto),
            ("cpu", DeviceName::Cpu),
            ("cuda:1", DeviceName::Cuda(1)),
            ("vulkan:0", DeviceName::Vulkan(Some(0))),
            ("vulkan", DeviceName::Vulkan(None)),
            ("libtorch:cpu", DeviceName::Libtorch),
            ("libtorch:cuda:2", DeviceName::LibtorchCuda(2)),
            (
                "remote:gpu:3000/1",
                DeviceName::Remote {
                    host: "gpu:3000".to_owned(),
                    index: 1,
                },
            ),
        ] {
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse(), Ok(name));
        }
        assert_eq!("cuda".parse(), Ok(DeviceName::Cuda(0)));
        assert_eq!("libtorch:cuda".parse(), Ok(DeviceName::LibtorchCuda(0)));
        assert_eq!("libtorch".parse(), Ok(DeviceName::Libtorch));
    }

    #[test]
    fn other_names_are_refused_with_the_choices() {
        for text in ["gpu", "cuda:x", "cpu:1", "libtorch:mps", "remote:gpu", ""] {
            let error = text.parse::<DeviceName>().unwrap_err();
            assert!(
                error.contains(if text == "cuda:x" {
                    "number"
                } else {
                    "write auto"
                }),
                "{error}"
            );
        }
    }

    #[test]
    #[cfg(not(feature = "vulkan"))]
    fn a_backend_that_was_not_built_in_names_its_feature() {
        let error = DeviceName::Vulkan(None).open().unwrap_err();
        assert!(error.contains("--features vulkan"), "{error}");
    }
}
