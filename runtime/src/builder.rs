//! How a colorizer is put together: which model, which engine, which size.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::colorizer::Colorizer;
use crate::contract::{Contract, SizeRule};
use crate::engine::{Engine, Provider};
use crate::enlargement::Enlargement;
use crate::error::{Error, Result};
use crate::look;
use crate::model::Model;
use crate::report::{Clock, Report, Stages};
use crate::resize::MAX_ASPECT;

/// Settings of a [`Colorizer`]; see [`Colorizer::builder`].
#[derive(Default)]
#[must_use]
pub struct Builder {
    model: Option<Model>,
    contract: Option<Contract>,
    provider: Provider,
    progress: Option<Box<Progress>>,
    onnxruntime: Option<PathBuf>,
    threads: Option<NonZeroUsize>,
    working_size: Option<u32>,
    views: Option<u32>,
    enlargement: Enlargement,
    engine: Option<(Box<dyn Engine>, Contract)>,
}

/// Attention's memory grows with the square of the pixels, so the working size goes up
/// to this many times the model's own.
/// A panorama is then squeezed earlier than usual.
const MAX_ENLARGEMENT: u32 = 4;

type Progress = dyn Fn(&str) + Send + Sync;

/// An engine that is ready, and where it comes from.
struct Ready {
    engine: Box<dyn Engine>,
    provider: Option<Provider>,
    library: Option<PathBuf>,
    version: Option<String>,
}

impl Ready {
    fn own(engine: Box<dyn Engine>) -> Self {
        Ready {
            engine,
            provider: None,
            library: None,
            version: None,
        }
    }
}

impl Builder {
    /// The colorizer to use instead of the embedded one.
    pub fn model(mut self, model: Model) -> Self {
        self.model = Some(model);
        self
    }

    /// What the model takes and gives, whatever it says of that itself.
    pub fn contract(mut self, contract: Contract) -> Self {
        self.contract = Some(contract);
        self
    }

    /// What it runs on. One that is named and cannot be used is an error, never a fallback.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// Takes a line for people before something that takes minutes, which only TensorRT has.
    pub fn on_progress(mut self, progress: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// The shared library of ONNX Runtime, which must then be usable.
    pub fn onnxruntime(mut self, library: impl Into<PathBuf>) -> Self {
        self.onnxruntime = Some(library.into());
        self
    }

    /// The number of threads of the engine; at first one a physical core.
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Pixels of the short side at which the network sees the photograph, 1 to four times
    /// the model's own, which it is at first.
    pub fn working_size(mut self, pixels: u32) -> Self {
        self.working_size = Some(pixels);
        self
    }

    /// How often the network looks at a photograph, 1 to 4 times; at first as often as its file says. The
    /// second look is at the mirrored photograph and up to a third larger, the others are what is left of these
    /// two; the mean of what it painted is nearer to the truth, and takes 3 times as long with two looks, 4
    /// and 6 times with three and four.
    pub fn views(mut self, views: u32) -> Self {
        self.views = Some(views);
        self
    }

    /// How the network's colours are brought to the photograph's size: along its edges at first.
    pub fn enlargement(mut self, enlargement: Enlargement) -> Self {
        self.enlargement = enlargement;
        self
    }

    /// An engine of your own, in place of a model, with what it promises.
    pub fn engine_with(mut self, engine: Box<dyn Engine>, contract: Contract) -> Self {
        self.engine = Some((engine, contract));
        self
    }

    /// Loads the model into the engine.
    ///
    /// # Errors
    /// [`Error::Engine`] if an engine that was asked for cannot be used;
    /// [`Error::Request`] if the settings contradict the model or each other.
    pub fn build(mut self) -> Result<Colorizer> {
        let mut notes = Vec::new();
        let (ready, contract) = match self.engine.take() {
            Some((engine, contract)) => (Ready::own(engine), contract),
            None => {
                let model = self.take_model()?;
                notes.extend(model.note().map(str::to_owned));
                let ready = self.load(&model, &mut notes)?;
                (ready, model.contract().clone())
            }
        };
        let working_size = self.checked_working_size(&contract)?;
        let enlargement = f64::from(working_size) / f64::from(contract.working_size);
        let largest = f64::from(MAX_ENLARGEMENT) / enlargement;
        let report = Report {
            engine: ready.engine.name().to_owned(),
            provider: ready.provider,
            library: ready.library,
            library_version: ready.version,
            notes,
            stages: Stages::default(),
        };
        Ok(Colorizer {
            engine: ready.engine,
            working_size,
            views: self.checked_views(&contract)?,
            max_aspect: (largest * largest).clamp(1.0, MAX_ASPECT),
            enlargement: match contract.takes_pixels() {
                true => Enlargement::Plain,
                false => self.enlargement,
            },
            contract,
            report,
            clock: Clock::default(),
        })
    }

    fn take_model(&mut self) -> Result<Model> {
        let model = self.given_model()?;
        match self.contract.take() {
            Some(contract) => model.with_contract(contract),
            None => Ok(model),
        }
    }

    fn given_model(&mut self) -> Result<Model> {
        match self.model.take() {
            Some(model) => Ok(model),
            #[cfg(feature = "embedded-model")]
            None => Model::embedded(),
            #[cfg(not(feature = "embedded-model"))]
            None => Err(Error::request(
                "no model was given and none is embedded",
                "give one",
            )),
        }
    }

    fn checked_views(&self, contract: &Contract) -> Result<u32> {
        match self.views {
            None => Ok(contract.views),
            Some(views) if (1..=look::MOST).contains(&views) => Ok(views),
            Some(views) => Err(Error::request(
                format!("a photograph cannot be looked at {views} times"),
                format!("give 1 to {}", look::MOST),
            )),
        }
    }

    fn checked_working_size(&self, contract: &Contract) -> Result<u32> {
        match (self.working_size, contract.size) {
            (None, _) => Ok(contract.working_size),
            (Some(_), _) if contract.takes_pixels() => Err(Error::request(
                "this colorizer reduces photographs itself, to the working size it was exported for",
                "leave the working size (`--size`) out",
            )),
            (Some(_), SizeRule::Fixed { height, width }) => Err(Error::request(
                format!("this colorizer works at {width}x{height} only"),
                "leave the working size (`--size`) out",
            )),
            (Some(pixels), SizeRule::MultipleOf(_)) => {
                let largest = contract.working_size * MAX_ENLARGEMENT;
                if (1..=largest).contains(&pixels) {
                    return Ok(pixels);
                }
                Err(Error::request(
                    format!("a working size of {pixels} is not possible with this colorizer"),
                    format!("give 1 to {largest}"),
                ))
            }
        }
    }

    fn load(&self, model: &Model, notes: &mut Vec<String>) -> Result<Ready> {
        match self.provider {
            Provider::Builtin if self.onnxruntime.is_some() => Err(Error::request(
                "the built-in engine was asked for, and a library of ONNX Runtime too",
                "leave out one of `--provider builtin` and `--onnxruntime`",
            )),
            Provider::Builtin => self.load_builtin(model),
            Provider::Auto => match self.find_onnxruntime(model, notes)? {
                Some(ready) => Ok(ready),
                None => self.load_builtin(model),
            },
            provider => self.find_onnxruntime(model, notes)?.ok_or_else(|| {
                let passed_over = notes.iter().map(|note| format!(" ({note})"));
                let passed_over = passed_over.collect::<String>();
                Error::engine(
                    format!(
                        "{provider} cannot be used: no ONNX Runtime that has it was found{passed_over}"
                    ),
                    "install one that has it, as `colorize-rt doctor` says, or give its library with `--onnxruntime`",
                )
            }),
        }
    }

    #[cfg(feature = "builtin")]
    fn load_builtin(&self, model: &Model) -> Result<Ready> {
        let engine = crate::engine::Builtin::from_model(model, self.threads)?;
        Ok(Ready {
            provider: Some(Provider::Builtin),
            ..Ready::own(Box::new(engine))
        })
    }

    #[cfg(not(feature = "builtin"))]
    fn load_builtin(&self, _: &Model) -> Result<Ready> {
        Err(Error::engine(
            "no usable ONNX Runtime was found, and this build has no engine of its own",
            "install one with `pip install onnxruntime`",
        ))
    }

    /// ONNX Runtime from the library that is demanded, which must be usable, or from
    /// the first found that is.
    #[cfg(feature = "onnxruntime")]
    fn find_onnxruntime(&self, model: &Model, notes: &mut Vec<String>) -> Result<Option<Ready>> {
        use crate::engine::{Demand, OnnxRuntime, candidates, library_in_use, required_library};

        let demand = Demand {
            provider: self.provider,
            threads: self.threads,
            progress: self.progress.as_deref(),
        };
        let load = |library: &std::path::Path, notes: &mut Vec<String>| -> Result<Ready> {
            let engine = OnnxRuntime::from_model_as(model, library, &demand, notes)?;
            Ok(Ready {
                provider: Some(engine.provider()),
                library: Some(engine.library().to_owned()),
                version: Some(engine.version().to_owned()),
                engine: Box::new(engine),
            })
        };
        if let Some(library) = required_library(self.onnxruntime.as_deref())? {
            return load(&library, notes).map(Some);
        }
        // A process has one ONNX Runtime at most: what is loaded already comes first.
        for library in library_in_use().into_iter().chain(candidates()) {
            match load(&library, notes) {
                Ok(ready) => return Ok(Some(ready)),
                Err(error) => notes.push(format!("passed over: {error}")),
            }
        }
        Ok(None)
    }

    #[cfg(not(feature = "onnxruntime"))]
    fn find_onnxruntime(&self, _: &Model, _: &mut Vec<String>) -> Result<Option<Ready>> {
        match &self.onnxruntime {
            None => Ok(None),
            Some(_) => Err(Error::request(
                "this build has no ONNX Runtime",
                "leave its library out",
            )),
        }
    }
}
