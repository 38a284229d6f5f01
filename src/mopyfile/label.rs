//! References between labels.

use std::collections::{HashMap, HashSet};

/// The key of the label that lists the entries of `pip`.
pub const SBOM: &str = "mopy.sbom";

/// The result of replacing references in labels.
#[derive(Debug, Default)]
pub struct Resolved<'a> {
    /// The values with known references replaced.
    pub values: HashMap<&'a str, String>,
    /// References to unknown keys, each with the key of its label.
    pub unknown: Vec<(&'a str, &'a str)>,
    /// Cycles of keys; the first key is repeated at the end.
    pub cycles: Vec<Vec<&'a str>>,
    /// The first key whose value is too large.
    pub too_large: Option<&'a str>,
}

/// Replaces each `${key}` in `labels` with the value of that label. Values in `finished` do not contain references.
#[must_use]
pub fn resolve<'a>(labels: &[(&'a str, &'a str)], finished: &[(&'a str, &'a str)]) -> Resolved<'a> {
    let values = finished.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let mut resolver = Resolver {
        labels: labels.iter().copied().collect(),
        path: Vec::new(),
        size: 0,
        unknown: HashSet::new(),
        resolved: Resolved { values, ..Resolved::default() },
    };
    for (key, value) in labels {
        resolver.visit(key, value);
    }
    resolver.resolved
}

/// References can double the size with each label, and registries reject large configurations anyway.
const MAX_SIZE: usize = 1 << 20;

/// The maximum depth of references.
const MAX_DEPTH: usize = 100;

struct Resolver<'a> {
    labels: HashMap<&'a str, &'a str>,
    path: Vec<&'a str>,
    size: usize,
    /// The entries of the list `unknown`.
    unknown: HashSet<(&'a str, &'a str)>,
    resolved: Resolved<'a>,
}

impl<'a> Resolver<'a> {
    fn visit(&mut self, key: &'a str, value: &'a str) {
        if self.resolved.values.contains_key(key) {
            return;
        }
        self.path.push(key);
        let mut text = String::new();
        let mut rest = value;
        while let Some((before, name, after)) = reference(rest) {
            text.push_str(before);
            match self.value(key, name) {
                Some(value) => text.push_str(&value),
                None => text.push_str(&rest[before.len()..rest.len() - after.len()]),
            }
            rest = after;
        }
        text.push_str(rest);
        self.path.pop();
        self.resolved.values.insert(key, text);
    }

    /// The value of the reference `name` in the label `key`.
    fn value(&mut self, key: &'a str, name: &'a str) -> Option<String> {
        if let Some(start) = self.path.iter().position(|other| *other == name) {
            let circle = &self.path[start..];
            // report each cycle once
            if !self.resolved.cycles.iter().flatten().any(|other| circle.contains(other)) {
                self.resolved.cycles.push(circle.iter().copied().chain([name]).collect());
            }
            return None;
        }
        if let Some(value) = self.labels.get(name).copied() {
            if self.path.len() >= MAX_DEPTH {
                self.resolved.too_large.get_or_insert(key);
                return None;
            }
            self.visit(name, value);
        }
        let Some(value) = self.resolved.values.get(name) else {
            if self.unknown.insert((key, name)) {
                self.resolved.unknown.push((key, name));
            }
            return None;
        };
        self.size += value.len();
        if self.size > MAX_SIZE {
            self.resolved.too_large.get_or_insert(key);
            return None;
        }
        Some(value.clone())
    }
}

/// The text before the first `${name}`, the name, and the rest; `None` if there is no reference.
#[must_use]
pub fn reference(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn references_are_replaced() {
        let labels = [("a", "1 ${b} ${c} ${x} $ ${"), ("b", "2${c}${f}"), ("c", "3")];
        let resolved = resolve(&labels, &[("f", "${c}")]);
        assert_eq!(resolved.values["a"], "1 23${c} 3 ${x} $ ${");
        assert_eq!(resolved.unknown, [("a", "x")]);
        assert!(resolved.cycles.is_empty() && resolved.too_large.is_none());
    }

    #[test]
    fn growth_ends() {
        let keys: Vec<String> = (0..300).map(|i| format!("l{i}")).collect();
        let all: String = keys.iter().map(|key| format!("${{{key}}}")).collect();
        let doubled: Vec<String> = (1..=300).map(|i| format!("x${{l{i}}}${{l{i}}}")).collect();
        let labels: Vec<_> = keys.iter().zip(&doubled).map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let resolved = resolve(&labels, &[]);
        assert!(resolved.too_large.is_some());
        assert!(resolved.values.values().map(String::len).sum::<usize>() < 2 << 20);
        // every label refers to every label, so the number of paths is exponential
        let labels: Vec<_> = keys.iter().map(|key| (key.as_str(), all.as_str())).collect();
        assert!(!resolve(&labels, &[]).cycles.is_empty());
    }
}
