//! References between labels.

use std::collections::HashMap;

use super::requirement::Requirement;

/// The key of the label that lists what is installed.
pub const SBOM: &str = "mopy.sbom";

/// The value of the label [`SBOM`]: the entries of `pip` as written, without credentials, as a JSON array.
#[must_use]
pub fn sbom<'a>(pip: impl Iterator<Item = &'a Requirement>) -> String {
    let entries: Vec<_> = pip.map(Requirement::without_credentials).collect();
    serde_json::to_string(&entries).unwrap_or_default()
}

/// What came of replacing the references of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The value with known references replaced.
    pub value: String,
    /// References to keys that do not exist.
    pub unknown: Vec<String>,
    /// Keys that lead back to the label.
    pub cycle: Vec<String>,
}

/// Replaces each `${key}` in the label `key` of `labels` by the value of that label.
#[must_use]
pub fn resolve(labels: &HashMap<&str, &str>, key: &str) -> Resolved {
    let mut resolved = Resolved::default();
    let mut path = Vec::new();
    let value = expand(labels, key, &mut path, &mut resolved);
    resolved.value = value;
    resolved
}

fn expand<'a>(
    labels: &HashMap<&'a str, &'a str>,
    key: &'a str,
    path: &mut Vec<&'a str>,
    resolved: &mut Resolved,
) -> String {
    let Some(value) = labels.get(key) else {
        return String::new();
    };
    path.push(key);
    let mut text = String::new();
    let mut rest = *value;
    while let Some((before, name, after)) = reference(rest) {
        text.push_str(before);
        if path.contains(&name) {
            if resolved.cycle.is_empty() {
                resolved.cycle = path.iter().map(|key| (*key).to_owned()).collect();
                resolved.cycle.push(name.to_owned());
            }
        } else if labels.contains_key(name) && text.len() < MAX_VALUE {
            text.push_str(&expand(labels, name, path, resolved));
        } else {
            // only the label's own text is at the place that the warning shows
            if path.len() == 1 {
                resolved.unknown.push(name.to_owned());
            }
            text.push_str(&rest[before.len()..rest.len() - after.len()]);
        }
        rest = after;
    }
    text.push_str(rest);
    path.pop();
    text
}

/// References can double a value with each label; no registry takes a larger configuration anyway.
const MAX_VALUE: usize = 1 << 20;

/// The text before the first `${name}`, the name, and what follows.
#[must_use]
pub fn reference(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::resolve;

    #[test]
    fn references_are_replaced() {
        let labels = HashMap::from([("a", "1 ${b} ${c} ${x} $ ${"), ("b", "2${c}"), ("c", "3")]);
        let resolved = resolve(&labels, "a");
        assert_eq!(resolved.value, "1 23 3 ${x} $ ${");
        assert_eq!(resolved.unknown, ["x"]);
        assert!(resolved.cycle.is_empty());
    }

    #[test]
    fn circles_are_found() {
        let labels = HashMap::from([("a", "${b}"), ("b", "${a}"), ("c", "${c}")]);
        assert_eq!(resolve(&labels, "a").cycle, ["a", "b", "a"]);
        assert_eq!(resolve(&labels, "c").cycle, ["c", "c"]);
    }

    #[test]
    fn growth_ends() {
        let names: Vec<String> = (0..40).map(|i| format!("l{i}")).collect();
        let values: Vec<String> = (0..40).map(|i| format!("x${{l{0}}}${{l{0}}}", i + 1)).collect();
        let labels: HashMap<&str, &str> =
            names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        assert!(resolve(&labels, "l0").value.len() < 8 << 20);
    }
}
