//! `--set a.b=c`, and errors that name the nearest key.

use serde_json::Value;

use super::Config;
use crate::error::Error;

/// Sets each `path=value` in turn; values are YAML.
pub(super) fn apply(config: Config, overrides: &[String]) -> crate::Result<Config> {
    if overrides.is_empty() {
        return Ok(config);
    }
    let mut tree = serde_json::to_value(&config).map_err(|e| invalid("--set", e))?;
    for assignment in overrides {
        set(&mut tree, assignment)?;
    }
    serde_json::from_value(tree)
        .map_err(|e| invalid(&format!("--set {}", overrides.join(" --set ")), e))
}

fn set(tree: &mut Value, assignment: &str) -> crate::Result<()> {
    let file = format!("--set {assignment}");
    let (path, value) = assignment
        .split_once('=')
        .ok_or_else(|| invalid(&file, "write it as KEY=VALUE, for example --set steps=100"))?;
    let value: Value = serde_saphyr::from_str(value).map_err(|e| {
        invalid(
            &file,
            format!("the value is no YAML: {}", e.without_snippet()),
        )
    })?;
    let mut place = tree;
    for key in path.split('.') {
        place = below(place, key).map_err(|message| invalid(&file, message))?;
    }
    *place = value;
    Ok(())
}

/// One level down: a key of a section, or the number of an entry in a list, from 0.
fn below<'a>(place: &'a mut Value, key: &str) -> Result<&'a mut Value, String> {
    match place {
        Value::Object(map) => {
            let known: Vec<String> = map.keys().cloned().collect();
            map.get_mut(key)
                .ok_or_else(|| unknown_key(key, known.iter().map(String::as_str)))
        }
        Value::Array(list) => {
            let count = list.len();
            key.parse()
                .ok()
                .and_then(|index: usize| list.get_mut(index))
                .ok_or_else(|| format!("`{key}` is no entry of a list of {count}; count from 0"))
        }
        _ => Err(format!("there is nothing below it for `{key}`")),
    }
}

fn invalid(file: &str, message: impl ToString) -> Error {
    Error::Config {
        file: file.to_owned(),
        message: message.to_string(),
    }
}

/// A YAML error in one line.
pub(super) fn explain(error: &serde_saphyr::Error) -> String {
    match error.without_snippet() {
        serde_saphyr::Error::SerdeUnknownField {
            field, expected, ..
        } => unknown_key(field, expected.iter().copied()),
        other => {
            let text = other.to_string();
            let line = text.lines().next().unwrap_or_default();
            // The place stands before the message already.
            line.split(" at line ").next().unwrap_or(line).to_owned()
        }
    }
}

fn unknown_key<'a>(key: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = known
        .clone()
        .min_by_key(|candidate| strsim::damerau_levenshtein(key, candidate));
    let all = known.collect::<Vec<_>>().join(", ");
    match nearest {
        Some(nearest) => format!("unknown key `{key}`; did you mean `{nearest}`? (known: {all})"),
        None => format!("unknown key `{key}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = "\
name: test
data:
  root: photographs
stages:
  - name: first
    resolution: 64
    steps: 10
    batch: 4
    loss:
      l1: 1.0
";

    fn message(text: &str) -> String {
        Config::parse(text, "recipe.yaml").unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest() {
        let text = RECIPE.replace("batch: 4", "batsh: 4");
        let message = message(&text);
        assert!(message.starts_with("recipe.yaml:8:"), "{message}");
        assert!(message.contains("did you mean `batch`?"), "{message}");
        assert_eq!(message.lines().count(), 1);
    }

    #[test]
    fn an_unknown_key_in_a_section_is_found_too() {
        let text = RECIPE.replace("  root:", "  augment: { flop: true }\n  root:");
        let message = message(&text);
        assert!(message.starts_with("recipe.yaml:3:"), "{message}");
        assert!(message.contains("did you mean `flip`?"), "{message}");
    }

    #[test]
    fn set_changes_one_value_and_refuses_unknown_keys() {
        let config = Config::parse(RECIPE, "recipe.yaml").unwrap();
        let set = |assignment: &str| apply(config.clone(), &[assignment.to_owned()]);
        assert_eq!(set("stages.0.steps=3").unwrap().stages[0].steps, Some(3));
        assert_eq!(
            set("data.root=../x").unwrap().data.root.to_str(),
            Some("../x")
        );
        assert_eq!(
            set("stages.0.loss.perceptual.weight=0.5").unwrap().stages[0]
                .loss
                .perceptual
                .weight,
            0.5
        );
        let error = set("data.rot=x").unwrap_err().to_string();
        assert!(error.contains("did you mean `root`?"), "{error}");
        assert!(set("stages.0.steps=many").is_err());
        assert!(set("stages.1.steps=3").is_err());
        assert!(set("steps").is_err());
    }

    #[test]
    fn a_recipe_survives_being_written() {
        let config = Config::parse(RECIPE, "recipe.yaml").unwrap();
        let yaml = config.to_yaml().unwrap();
        let again = Config::parse(&yaml, "again.yaml").unwrap();
        assert_eq!(again.to_yaml().unwrap(), yaml);
    }
}
