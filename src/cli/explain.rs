//! `mopy explain`.

use std::fmt::Write;

use super::{Failure, Outcome, print};
use crate::diagnostic::rule::{ALL, Rule, find};
use crate::mopyfile::similar;

#[derive(clap::Args)]
#[command(after_help = "Without RULE, lists all rules.\n\nExample:\n  mopy explain eol-python")]
pub(super) struct Arguments {
    /// The name of the rule, as shown in brackets after `error`, `warning` or `note`
    rule: Option<String>,
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let Some(name) = self.rule else {
            return print(list());
        };
        let Some(rule) = find(&name) else {
            let names: Vec<&str> = ALL.iter().map(|rule| rule.name).collect();
            let help = similar(&name, &names).map_or_else(
                || "run `mopy explain` to list all rules".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            return Err(Failure::new(format!("unknown rule `{name}`")).help(help));
        };
        print(explanation(rule))
    }
}

fn list() -> String {
    let width = ALL.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let line = |rule: &&Rule| format!("{:width$}  {:7}  {}\n", rule.name, rule.severity.name(), rule.summary);
    ALL.iter().map(line).collect()
}

/// The documentation of all rules, in which each rule has a section. It is generated: see `tests/golden.rs`.
const PAGE: &str = include_str!("../../docs/rules.md");

/// The longest line of text, in characters; examples and tables are not wrapped.
const WIDTH: usize = 80;

/// The section of a rule, as a page of its own.
fn explanation(rule: &Rule) -> String {
    let (_, section) = PAGE.split_once(&format!("\n## {}\n", rule.name)).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut page = format!("# {}\n", rule.name);
    let mut is_code = false;
    for line in section.trim_end().lines() {
        is_code ^= line.starts_with("```");
        if is_code || line.starts_with('|') {
            let _ = writeln!(page, "{line}");
        } else {
            wrap(line, &mut page);
        }
    }
    let _ = writeln!(page, "\n{}", rule.url());
    page
}

/// Appends `line` to `page`, wrapped between words.
fn wrap(line: &str, page: &mut String) {
    let mut column = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if column > 0 {
            let fits = column + 1 + length <= WIDTH;
            page.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        page.push_str(word);
        column += length;
    }
    page.push('\n');
}
