//! The files that `.dockerignore` excludes from a build.
//!
//! It is parsed like moby's `ignorefile.ReadAll` and `patternmatcher.New` (<https://github.com/moby/patternmatcher>),
//! and a path is excluded if the traversal of the build context excludes it (`MatchesUsingParentResults` in `filter.go`
//! of <https://github.com/tonistiigi/fsutil>). Characters that those pass to regular expressions by mistake (`|`, `^`
//! and `{2}`, `\d`, `[*]`) are literal here.

mod pattern;

use pattern::Pattern;

use super::file::LOCK_SUFFIX;

/// The default ignore patterns, for a build context without `.dockerignore`.
pub const DEFAULT: [&str; 6] = ["**/.git", "**/.venv", "**/venv", "**/__pycache__", "**/.env", "**/Mopyfile*"];

/// The default ignore file: [`DEFAULT`], and the Mopyfile called `name` and its lock file, unless those patterns match
/// them.
#[must_use]
pub fn default_text(name: &str) -> String {
    let mut text = DEFAULT.join("\n") + "\n";
    let name = name.rsplit('/').next().unwrap_or(name);
    if !name.is_empty() && !Patterns::parse(&text).matches(name) {
        let name = escaped(name);
        text.push_str(&format!("**/{name}\n**/{name}{LOCK_SUFFIX}\n"));
    }
    text
}

/// A pattern that matches only `path`. Characters that a line cannot contain or end with become `?`.
pub(super) fn escaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let last = path.trim_end().len();
    for (at, c) in path.char_indices() {
        match c {
            c if c.is_control() || at >= last => text.push('?'),
            // escapes the special characters of Go's `filepath.Match`, and those of regular expressions that moby does
            // not escape
            '*' | '?' | '[' | ']' | '\\' | '^' | '|' | '{' | '}' => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
}

/// The patterns in a `.dockerignore`, as moby's first parser returns them.
pub fn lines(text: &str) -> impl Iterator<Item = String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n').filter(|line| !line.starts_with('#')).filter_map(|line| {
        let line = line.trim();
        let (sign, path) = line.strip_prefix('!').map_or(("", line), |path| ("!", path.trim()));
        if path.is_empty() {
            return None;
        }
        let path = clean(path);
        let path = path.strip_prefix('/').filter(|path| !path.is_empty()).unwrap_or(&path);
        Some(format!("{sign}{path}"))
    })
}

/// The maximum total length of patterns; the rest is ignored.
const MAX_WEIGHT: usize = 100_000;

/// The patterns of a `.dockerignore`.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<Line>);

#[derive(Clone, Debug)]
struct Line {
    pattern: Pattern,
    /// Begins with `!`: matching files are included.
    exception: bool,
}

/// Whether `pattern`, which is not an exception, may match something in `directory`.
pub(crate) fn matches_below(pattern: &str, directory: &str) -> bool {
    let inside = format!("{directory}/");
    match pattern.find(['*', '?', '[', '\\']) {
        Some(end) => inside.starts_with(&pattern[..end]) || pattern.starts_with(&inside),
        None => pattern.starts_with(&inside),
    }
}

impl Patterns {
    /// Reads a `.dockerignore`. Malformed patterns are ignored, because the build itself fails.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::new(lines(text))
    }

    /// Reads patterns that were passed to a build: [`lines`] of a `.dockerignore`, or similar ones.
    pub fn new(patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut weight = 0;
        let lines = patterns.into_iter().filter_map(|line| Line::parse(line.as_ref()));
        Self(
            lines
                .take_while(|line| {
                    weight += line.pattern.weight();
                    weight <= MAX_WEIGHT
                })
                .collect(),
        )
    }

    /// Whether `path`, relative to the context and without `.` or `..`, is ignored, itself or because of a parent
    /// directory. The last matching pattern wins. An exception may include something in an ignored directory. The
    /// context itself is never ignored.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let mut ignored = false;
        // which patterns match the path itself or a parent directory
        let mut matched = vec![false; self.0.len()];
        let characters: Vec<char> = path.chars().collect();
        let mut ends: Vec<Option<Vec<bool>>> = vec![None; self.0.len()];
        let places = characters.iter().enumerate().filter(|(_, c)| **c == '/').map(|(end, _)| end);
        for place in places.chain([characters.len()]).filter(|place| *place > 0) {
            ignored = false;
            for ((line, matched), ends) in self.0.iter().zip(&mut matched).zip(&mut ends) {
                // a pattern that would not change anything is skipped, and then does not count for paths below either
                if !*matched && line.exception == ignored {
                    *matched = ends.get_or_insert_with(|| line.pattern.ends(&characters))[place];
                }
                if *matched {
                    ignored = !line.exception;
                }
            }
        }
        ignored
    }

    /// The cost of matching a character of a path.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.0.iter().map(|line| line.pattern.weight()).sum()
    }

    /// Whether there is an exception, so that an ignored directory may contain included files.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.0.iter().any(|line| line.exception)
    }
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        // the second parser reads the output of the first one
        let line = clean(line.trim());
        let (exception, text) = line.strip_prefix('!').map_or((false, line.as_str()), |text| (true, text));
        Some(Self { pattern: Pattern::parse(text)?, exception })
    }
}

/// Normalizes a path like Go's `filepath.Clean`: without `.`, without `..` after a name.
fn clean(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match parts.last() {
            Some(last) if part == ".." && *last != ".." => drop(parts.pop()),
            None if part == ".." && !root.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let cleaned = format!("{root}{}", parts.join("/"));
    if cleaned.is_empty() { ".".to_owned() } else { cleaned }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{DEFAULT, Patterns, clean, default_text, escaped};

    fn ignores(lines: &[&str], path: &str) -> bool {
        Patterns::parse(&lines.join("\n")).matches(path)
    }

    #[test]
    fn lines() {
        for (line, ignored) in [
            ("notes.txt", true),
            ("  notes.txt\t", true),
            ("notes.txt\r", true),
            ("\u{feff}notes.txt", true),
            ("/notes.txt", true),
            ("./x/../notes.txt/", true),
            ("/../notes.txt", true),
            ("../notes.txt", false),
            ("# notes.txt", false),
            ("#notes.txt", false),
            // comments must be at the start of a line
            (" # notes.txt", false),
            ("", false),
            (".", false),
            ("/", false),
            ("!", false),
            ("notes", false),
            ("NOTES.TXT", false),
        ] {
            assert_eq!(ignores(&[line], "notes.txt"), ignored, "{line:?}");
        }
        assert!(ignores(&[" # a"], "# a"));
        assert!(ignores(&["\\#a"], "#a"));
        assert!(ignores(&["\\!a"], "!a"));
        assert!(ignores(&["# c", "", "a", "#"], "a"));
        assert!(!ignores(&["x", "\u{feff}a"], "a"), "only at the start of the file");
    }

    #[test]
    fn the_last_one_that_matches_wins() {
        for (lines, path, ignored) in [
            (&["docs", "!docs/start.md"][..], "docs/start.md", false),
            (&["docs", "!docs/start.md"], "docs/end.md", true),
            (&["docs/", "!docs/*.md"], "docs/end.md", false),
            (&["!docs/start.md", "docs"], "docs/start.md", true),
            (&["*", "! /app "], "app/main.py", false),
            (&["*", "!app"], "lib/main.py", true),
            (&["**", "!app", "app/secrets"], "app/secrets/key", true),
            (&["**", "!app", "**/*.key"], "app/secrets/a.key", true),
            (&["**", "!**/*.py"], "app/main.py", false),
            (&["*", "!app/main.py"], "app", true),
            // a pattern for a directory that does not change anything does not affect paths below it
            (&["app/notes", "!app"], "app/notes", true),
            (&["**/*.txt", "!app"], "app/a.txt", true),
            (&["*.txt", "!a.txt", "!"], "a.txt", false),
        ] {
            assert_eq!(ignores(lines, path), ignored, "{lines:?} {path}");
        }
    }

    #[test]
    fn paths_below_a_match_match() {
        assert!(ignores(&["build"], "build/lib/a/b.py"));
        assert!(ignores(&["*/lib"], "build/lib/a/b.py"));
        assert!(!ignores(&["lib"], "build/lib/a/b.py"));
        assert!(!ignores(&["**"], ""), "the context itself stays");
    }

    #[test]
    fn malformed_ones_count_nothing() {
        for malformed in ["[", "a[", "[]", "[]a]", "[-a]", "[a-]", "[b-a]", "[^", "[^]", "a\\", "[a\\", "[a-", "!["] {
            assert!(!ignores(&[malformed], "a"), "{malformed}");
            assert!(ignores(&[malformed, "a"], "a"), "{malformed}");
        }
    }

    #[test]
    fn cleaned_paths() {
        for (path, cleaned) in [
            ("a//b/./c/", "a/b/c"),
            ("a/../../b", "../b"),
            ("../../b", "../../b"),
            ("/../b", "/b"),
            ("a/..", "."),
            ("/", "/"),
            ("!../b", "!../b"),
        ] {
            assert_eq!(clean(path), cleaned);
        }
    }

    #[test]
    fn defaults() {
        let patterns = Patterns::parse(&default_text("Mopyfile.yaml"));
        for path in [".git/config", "app/.venv/bin/python", "venv", "a/b/__pycache__/c.pyc", "app/.env", "Mopyfile"] {
            assert!(patterns.matches(path), "{path}");
        }
        for path in [".gitignore", "app/environment", "app/.env.example", "app/main.py", "app/Mop.yaml"] {
            assert!(!patterns.matches(path), "{path}");
        }
        assert_eq!(default_text("Mopyfile.shop"), DEFAULT.join("\n") + "\n");
        assert!(
            default_text("build/shop[1].yaml").ends_with("Mopyfile*\n**/shop\\[1\\].yaml\n**/shop\\[1\\].yaml.lock\n")
        );
    }

    /// Not a benchmark: a matcher that backtracks would not finish.
    #[test]
    fn stars_are_cheap() {
        let path = "a/".repeat(40) + &"a".repeat(200);
        let start = Instant::now();
        assert!(!ignores(&[&format!("{}b", "**/a*/".repeat(15))], &path));
        assert!(!ignores(&[&format!("{}*/{}b", "*/".repeat(39), "*a".repeat(100))], &path));
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn anything_is_read(text in "(\\PC|[\\n\\r!#*?/.\\[\\]^\\\\ -]){0,60}", path in "(\\PC|[a!/.-]){0,30}") {
            let patterns = Patterns::parse(&text);
            prop_assert!(!patterns.matches(&path) || !path.is_empty());
        }

        #[test]
        fn an_escaped_path_is_itself(path in "[ab*?\\[\\]\\\\^|{}!# -]{0,4}", other in "[ab*?\\[\\]\\\\^|{}!# -]{0,4}") {
            let [path, other] = [path, other].map(|name| format!("a/{name}b"));
            prop_assert_eq!(ignores(&[&escaped(&path)], &other), path == other);
            prop_assert!(ignores(&[&escaped(&path)], &path));
        }

        #[test]
        fn the_mopyfile_is_left_out(name in "[^/\0]{1,12}", directory in "[a-z]{1,3}") {
            let path = format!("{directory}/{name}");
            if name != "." && name != ".." {
                prop_assert!(Patterns::parse(&default_text(&name)).matches(&name));
                prop_assert!(Patterns::parse(&default_text(&path)).matches(&path));
            }
        }
    }
}
