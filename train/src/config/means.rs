//! Which stages' weights a mean is of, and how much of each.

use std::collections::BTreeMap;

use super::Config;

impl Config {
    /// The stages that `from` comes down to, by index, with their shares of the mean, which add up to 1.
    pub(crate) fn shares(&self, from: &[String]) -> Result<BTreeMap<usize, f64>, String> {
        let mut shares = BTreeMap::new();
        // Means of means: no deeper than there are means, or one is of itself.
        self.share_out(from, 1.0, self.means.len(), &mut shares)?;
        Ok(shares)
    }

    /// The same; an error, too, where one of them is not before the stage at `index`.
    pub(super) fn shares_before(&self, index: usize, from: &[String]) -> Result<(), String> {
        let shares = self.shares(from)?;
        match shares.keys().find(|&&stage| stage >= index) {
            Some(&late) => Err(format!(
                "stage `{}` does not come before",
                self.stages[late].name
            )),
            None => Ok(()),
        }
    }

    fn share_out(
        &self,
        names: &[String],
        whole: f64,
        depth: usize,
        shares: &mut BTreeMap<usize, f64>,
    ) -> Result<(), String> {
        let share = whole / names.len() as f64;
        for name in names {
            let stages = self.stages.iter().enumerate();
            let mut called = stages.filter(|(_, stage)| stage.name == *name);
            match (called.next(), called.next(), self.means.get(name)) {
                (Some((index, _)), None, None) => *shares.entry(index).or_default() += share,
                (None, None, Some(of)) if of.is_empty() => {
                    return Err(format!("mean `{name}` is of nothing"));
                }
                (None, None, Some(_)) if depth == 0 => {
                    return Err(format!("mean `{name}` is of itself"));
                }
                (None, None, Some(of)) => self.share_out(of, share, depth - 1, shares)?,
                (None, None, None) => return Err(format!("no stage or mean is called `{name}`")),
                _ => return Err(format!("`{name}` is the name of several stages or means")),
            }
        }
        Ok(())
    }
}
