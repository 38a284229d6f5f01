//! `# mopy: ignore=rule` at the end of a line suppresses the warnings and notes of the rule on that line.

use granit_parser::{Scanner, StrInput, TokenType};

use super::similar;
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, Severity, rule};
use crate::redact::excerpt;
use crate::source::{Source, Span};

/// An `ignore` comment names an unknown rule.
pub static UNKNOWN_IGNORE: Rule = Rule {
    name: "unknown-ignore",
    severity: Severity::Warning,
    summary: "an `ignore` comment names an unknown rule",
    explanation: "`# mopy: ignore=RULE` suppresses the warnings and notes of a rule on the same line. Separate \
         multiple rules with commas. If the name is unknown, the comment has no effect. Errors cannot be suppressed.",
};

/// Diagnostics with the suppressions in the comments of `source`, and with warnings about those comments.
pub(super) fn read(source: &Source) -> Diagnostics {
    let mut found = Diagnostics::default();
    let mut wrong = Vec::new();
    for comment in comments(source) {
        let line = source.text()[..comment.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = if begins_block(&source.text()[line..comment.start]) {
            next_end(source.text(), comment.end)
        } else {
            comment.end
        };
        for name in names(source, comment) {
            match rule(source.slice(name)) {
                Ok(rule) => found.suppress(rule, Span::new(line, end)),
                Err((message, help)) => wrong.push(Diagnostic::new(&UNKNOWN_IGNORE, name, message).help(help)),
            }
        }
    }
    // added last, because comments can also suppress these
    found.extend(wrong);
    found
}

/// Whether a line ends with the `|` or `>` of a block scalar, whose lines cannot contain comments.
fn begins_block(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    line.strip_suffix(['|', '>']).is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

/// The end of the first line that is not blank, after the line break at `at`.
fn next_end(text: &str, at: usize) -> usize {
    let rest = text[at..].trim_start();
    let start = text.len() - rest.len();
    start + rest.find('\n').unwrap_or(rest.len())
}

/// Each comment, beginning with its `#`. Only YAML's scanner can tell whether a `#` is part of a value.
fn comments(source: &Source) -> impl Iterator<Item = Span> {
    // few Mopyfiles contain one, and the file has to be scanned a second time
    let text = if source.text().contains("mopy:") { source.text() } else { "" };
    let tokens = Scanner::new(StrInput::new(text)).map_while(Result::ok);
    let comments = tokens.filter(|token| matches!(token.token_type(), TokenType::Comment(_)));
    comments.filter_map(|token| token.span().byte_range()).map(|range| Span::new(range.start, range.end))
}

/// The spans of the rule names in a comment; an empty span if the name is missing.
fn names(source: &Source, comment: Span) -> Vec<Span> {
    let text = source.slice(comment);
    let mut mentions = text.match_indices("mopy:").filter(|(at, _)| text[..*at].trim_end().ends_with('#'));
    let words = mentions.find_map(|(at, mopy)| text[at + mopy.len()..].trim_start().strip_prefix("ignore"));
    let Some(words) = words.filter(|words| !words.starts_with(|c: char| c.is_alphanumeric())) else {
        return Vec::new();
    };
    let mut list = words.trim_start().strip_prefix('=').unwrap_or_default();
    let mut names = Vec::new();
    // more names than there are rules are ignored
    while names.len() < rule::ALL.len() {
        list = list.trim_start();
        let start = comment.end - list.len();
        let end = list.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(list.len());
        names.push(Span::new(start, start + end));
        // any text may follow the last name
        let Some(rest) = list[end..].trim_start().strip_prefix(',') else { break };
        list = rest;
    }
    names
}

/// The rule called `name`, or the message and help if it cannot be suppressed.
fn rule(name: &str) -> Result<&'static Rule, (String, String)> {
    match rule::find(name) {
        Some(rule) if rule.severity != Severity::Error => Ok(rule),
        Some(_) => Err((format!("`{name}` is an error and cannot be suppressed"), "fix the error instead".to_owned())),
        None if name.is_empty() => {
            Err(("the comment does not name a rule".to_owned(), "write `# mopy: ignore=unpinned-git`".to_owned()))
        }
        None => {
            let all = rule::ALL.iter().filter(|rule| rule.severity != Severity::Error);
            let meant = similar(name, &all.map(|rule| rule.name).collect::<Vec<_>>());
            let help = meant.map_or_else(
                || "run `mopy explain` to list all rules".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            Err((format!("unknown rule `{}`", excerpt(name)), help))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{comments, read};
    use crate::diagnostic::{Diagnostic, rule};
    use crate::source::{Source, Span};

    /// The lines in which `unpinned-git` is suppressed, and the messages about the comments.
    fn suppressed(text: &str) -> (Vec<usize>, Vec<String>) {
        let source = Source::new("f", text);
        let found = read(&source);
        let is_suppressed = |at: usize| {
            let mut found = found.clone();
            found.push(Diagnostic::new(&rule::UNPINNED_GIT, Span::new(at, at), "x"));
            found.iter().all(|found| found.rule != &rule::UNPINNED_GIT)
        };
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let lines = (1..).zip(starts).filter(|(_, start)| is_suppressed(*start)).map(|(line, _)| line).collect();
        (lines, found.iter().map(|found| found.message.clone()).collect())
    }

    #[test]
    fn comments_are_those_of_yaml() {
        let text = "a: 1 # one mopy:\nb: 'x # no'\nc: x#no\nd: | # two\n  # no\n # out\n#three\ne: \"y\n  # no\" # vier ü\r\nf: #";
        let source = Source::new("f", text);
        let found: Vec<_> = comments(&source).map(|comment| source.slice(comment).trim_end()).collect();
        assert_eq!(found, ["# one mopy:", "# two", "# out", "#three", "# vier ü", "#"]);
    }

    #[test]
    fn forms() {
        for (comment, suppresses) in [
            ("# mopy: ignore=unpinned-git", true),
            ("#mopy:ignore = unpinned-git", true),
            ("# mopy: ignore=http-index,unpinned-git", true),
            ("# mopy: ignore=http-index , unpinned-git, as we own it", true),
            ("# our own # mopy: ignore=unpinned-git because it is", true),
            ("# mopy: ignore=http-index unpinned-git", false),
            ("# mopy ignore=unpinned-git", false),
            ("# see mopy: ignore=unpinned-git", false),
            ("# mopy: ignores=unpinned-git", false),
        ] {
            let (lines, _) = suppressed(&format!("a: 1 {comment}\nb: 1\n"));
            assert_eq!(lines, if suppresses { vec![1] } else { vec![] }, "{comment}");
        }
    }

    #[test]
    fn a_block_is_suppressed_where_it_begins() {
        for (text, lines) in [
            ("- >- # mopy: ignore=unpinned-git\n\n  git\n- x\n", vec![1, 2, 3]),
            ("| # mopy: ignore=unpinned-git\n  git", vec![1, 2]),
            ("- a|b # mopy: ignore=unpinned-git\n- x\n", vec![1]),
        ] {
            assert_eq!(suppressed(text).0, lines, "{text}");
        }
    }

    #[test]
    fn rules_that_are_none() {
        for comment in ["ignore[unpinned-git]", "ignore=unpinned-git,"] {
            let (_, messages) = suppressed(&format!("a: 1 # mopy: {comment}\n"));
            assert_eq!(messages, ["the comment does not name a rule"], "{comment}");
        }
        assert!(suppressed("a: 1 # mopy: ignore=nonsense,unknown-ignore\n").1.is_empty());
    }
}
