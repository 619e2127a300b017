use serde_json::Value;

/// More points than this are drawn as means over groups of them: an SVG stays small, and noise
/// does not hide the curve.
const MOST_POINTS: usize = 160;

/// What a log says, by series.
#[derive(Debug, Default)]
pub struct Log {
    /// Those of training first, then those of validation.
    pub series: Vec<Series>,
    /// The step after which a new stage was first heard of.
    pub stages: Vec<f64>,
    /// The last step.
    pub end: f64,
}

/// Values of one key.
#[derive(Debug)]
pub struct Series {
    /// The key.
    pub name: String,
    /// The line's kind: `step`, `validation`.
    kind: String,
    /// Step and value.
    pub points: Vec<(f64, f64)>,
}

impl Log {
    /// Reads lines of JSON. A last line without an end is what a killed run leaves: it is left out.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut log = Self::default();
        let mut stage = None;
        let mut before = 0.0;
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for (index, line) in whole.lines().enumerate() {
            let wrong = || format!("line {} is no measurement of a run", index + 1);
            let line: Value = serde_json::from_str(line).map_err(|_| wrong())?;
            let step = line["step"].as_f64().ok_or_else(wrong)?;
            let kind = line["kind"].as_str().unwrap_or_default();
            if let Some(name) = line["stage"].as_str() {
                if stage.as_deref().is_some_and(|stage| stage != name) {
                    log.stages.push(before);
                }
                stage = Some(name.to_owned());
                before = step;
            }
            log.end = log.end.max(step);
            for (name, value) in line.as_object().into_iter().flatten() {
                if let Some(value) = value.as_f64().filter(|_| name != "step") {
                    log.note(kind, name, (step, value));
                }
            }
        }
        log.series.retain(|series| series.points.len() >= 2);
        // Stable: within a kind they stay in the order in which they came.
        log.series.sort_by(|a, b| a.kind.cmp(&b.kind));
        for series in &mut log.series {
            series.thin();
        }
        Ok(log)
    }

    /// Takes a value in.
    pub fn note(&mut self, kind: &str, name: &str, point: (f64, f64)) {
        let known = self
            .series
            .iter_mut()
            .find(|series| series.name == name && series.kind == kind);
        match known {
            Some(series) => series.points.push(point),
            None => self.series.push(Series {
                name: name.to_owned(),
                kind: kind.to_owned(),
                points: vec![point],
            }),
        }
    }
}

impl Series {
    fn thin(&mut self) {
        let group = self.points.len().div_ceil(MOST_POINTS);
        if group > 1 {
            let mean = |group: &[(f64, f64)]| {
                let n = group.len() as f64;
                let sum = group.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
                (sum.0 / n, sum.1 / n)
            };
            self.points = self.points.chunks(group).map(mean).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_noticed_where_their_name_changes() {
        let line = |step: u32, stage: &str| {
            format!("{{\"kind\":\"step\",\"step\":{step},\"stage\":\"{stage}\",\"l1\":{step}}}\n")
        };
        let text = [line(10, "a"), line(20, "a"), line(30, "b"), line(40, "b")].concat();
        let log = Log::parse(&text).unwrap();
        assert_eq!(log.stages, [20.0]);
        let [l1] = &log.series[..] else {
            panic!("{log:?}")
        };
        assert_eq!(
            l1.points,
            [(10.0, 10.0), (20.0, 20.0), (30.0, 30.0), (40.0, 40.0)]
        );
    }

    #[test]
    fn long_series_are_thinned_to_means() {
        let text: String = (1..=3200)
            .map(|step| {
                format!(
                    "{{\"kind\":\"step\",\"step\":{step},\"l1\":{}}}\n",
                    step % 2
                )
            })
            .collect();
        let log = Log::parse(&text).unwrap();
        assert_eq!(log.series[0].points.len(), 160);
        assert!(log.series[0].points.iter().all(|(_, value)| *value == 0.5));
    }

    #[test]
    fn training_comes_before_validation() {
        let text = "{\"kind\":\"validation\",\"step\":1,\"psnr\":1}\n\
                    {\"kind\":\"validation\",\"step\":2,\"psnr\":1}\n\
                    {\"kind\":\"step\",\"step\":2,\"l1\":1}\n\
                    {\"kind\":\"step\",\"step\":3,\"l1\":1}\n";
        let log = Log::parse(text).unwrap();
        let names: Vec<&str> = log.series.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["l1", "psnr"]);
    }
}
