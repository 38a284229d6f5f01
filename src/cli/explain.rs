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
            return print(&list());
        };
        let Some(rule) = find(&name) else {
            let names: Vec<&str> = ALL.iter().map(|rule| rule.name).collect();
            let help = similar(&name, &names).map_or_else(
                || "run `mopy explain` to list all rules".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            return Err(Failure::new(format!("unknown rule `{name}`")).help(help));
        };
        print(&explanation(rule))
    }
}

fn list() -> String {
    let mut text = String::new();
    let width = ALL.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    for rule in ALL {
        let _ = writeln!(text, "{:width$}  {:7}  {}", rule.name, rule.severity.name(), rule.summary);
    }
    text
}

fn explanation(rule: &Rule) -> String {
    let mut text = format!("{} ({}): {}\n\n", rule.name, rule.severity.name(), rule.summary);
    let mut column = 0;
    for word in rule.explanation.split_whitespace() {
        if column > 0 {
            let (separator, start) = if column + 1 + word.len() > 80 { ('\n', 0) } else { (' ', column + 1) };
            text.push(separator);
            column = start;
        }
        text.push_str(word);
        column += word.len();
    }
    let _ = writeln!(text, "\n\n{}", rule.url());
    text
}
