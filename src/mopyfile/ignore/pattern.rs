//! A pattern of a `.dockerignore`.

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// A literal character.
    Character(char),
    /// `?`: any character but `/`.
    Any,
    /// `*`: characters other than `/`, or none.
    Star,
    /// `**` that is followed by more: directories, or nothing.
    Directories,
    /// `**` at the end: everything, or nothing.
    Rest,
    /// `[…]`: a character in these ranges, or, if negated, outside of them. `/` is not special.
    Class { ranges: Vec<(char, char)>, negated: bool },
}

impl Pattern {
    /// Reads a normalized pattern; `None` if it is malformed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("**") {
                rest = after.strip_prefix('/').unwrap_or(after);
                // `**name` without more wildcards is compared with the end of the path, not with its last components
                let ending = pieces.is_empty() && rest == after && !rest.contains(['*', '?', '[', ']', '\\']);
                pieces.push(if rest.is_empty() || ending { Piece::Rest } else { Piece::Directories });
                continue;
            }
            rest = &rest[c.len_utf8()..];
            pieces.push(match c {
                '*' => Piece::Star,
                '?' => Piece::Any,
                '[' => class(&mut rest)?,
                '\\' => Piece::Character(next(&mut rest)?),
                c => Piece::Character(c),
            });
        }
        // an empty string is not a pattern
        (!pieces.is_empty()).then_some(Self(pieces))
    }

    /// The number of pieces. The cost of matching is proportional to it and to the length of the path.
    pub(super) fn weight(&self) -> usize {
        self.0.len()
    }

    /// The lengths of the prefixes of `path` that it matches completely. The prefixes are the path itself and its
    /// parent directories. All alternatives are followed at once, so the time is proportional to the product of both
    /// lengths.
    pub(super) fn ends(&self, path: &[char]) -> Vec<bool> {
        // the prefixes that the pieces so far can match, and the shortest and longest of them
        let mut reached = vec![false; path.len() + 1];
        reached[0] = true;
        let (mut low, mut high) = (0, 0);
        for piece in &self.0 {
            let is_one = matches!(piece, Piece::Character(_) | Piece::Any | Piece::Class { .. });
            let last = if is_one { (high + 1).min(path.len()) } else { path.len() };
            let mut then = vec![false; reached.len()];
            let mut before = false;
            let mut bounds = None;
            for end in low..=last {
                // the character before `end`
                let last = end.checked_sub(1).map(|at| (at, path[at]));
                then[end] = match piece {
                    Piece::Character(_) | Piece::Any | Piece::Class { .. } => {
                        last.is_some_and(|(at, c)| reached[at] && piece.is(c))
                    }
                    Piece::Star => reached[end] || last.is_some_and(|(at, c)| then[at] && c != '/'),
                    Piece::Directories => reached[end] || last.is_some_and(|(_, c)| before && c == '/'),
                    Piece::Rest => reached[end] || before,
                };
                before |= reached[end];
                if then[end] {
                    bounds = Some((bounds.map_or(end, |(low, _)| low), end));
                }
            }
            reached = then;
            let Some(reached_bounds) = bounds else { return vec![false; reached.len()] };
            (low, high) = reached_bounds;
        }
        reached
    }
}

impl Piece {
    /// Whether it matches the character `c`.
    fn is(&self, c: char) -> bool {
        match self {
            Self::Character(character) => *character == c,
            Self::Any => c != '/',
            Self::Class { ranges, negated } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
            Self::Star | Self::Directories | Self::Rest => false,
        }
    }
}

/// Reads the rest of a class after `[`, including the `]`, by the rules of Go's `filepath.Match`.
fn class(rest: &mut &str) -> Option<Piece> {
    let negated = rest.starts_with('^');
    *rest = rest.strip_prefix('^').unwrap_or(rest);
    let mut ranges = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(']').filter(|_| !ranges.is_empty()) {
            *rest = after;
            return Some(Piece::Class { ranges, negated });
        }
        let low = member(rest)?;
        let high = match rest.strip_prefix('-') {
            Some(after) => {
                *rest = after;
                member(rest)?
            }
            None => low,
        };
        ranges.push((low <= high).then_some((low, high))?);
    }
}

/// Reads a character of a class; `-` and `]` must be escaped.
fn member(rest: &mut &str) -> Option<char> {
    match next(rest)? {
        '-' | ']' => None,
        '\\' => next(rest),
        c => Some(c),
    }
}

fn next(rest: &mut &str) -> Option<char> {
    let mut characters = rest.chars();
    let c = characters.next();
    *rest = characters.as_str();
    c
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns() {
        for (pattern, path, matched) in [
            // one component
            ("setup.py", "setup.py", true),
            ("setup.py", "setup-py", false),
            ("setup.py", "setup.pyc", false),
            ("*", "anything", true),
            ("*", "any/thing", false),
            ("*.py", ".py", true),
            ("*.py", "main.py", true),
            ("*.py", "app/main.py", false),
            (".*", ".env", true),
            (".*", "a.env", false),
            ("a*c*e", "abcde", true),
            ("a*c*e", "ace", true),
            ("a*c*e", "abcd", false),
            ("*x", "xxx", true),
            ("*a?b*", "xxaabyy", true),
            ("main.p?", "main.py", true),
            ("main.p?", "main.p", false),
            ("a?b", "a/b", false),
            ("gr?n", "grün", true),
            ("*(1) + $2|{3}.txt", "copy (1) + $2|{3}.txt", true),
            ("a|b", "a", false),
            // directories
            ("app/*.py", "app/main.py", true),
            ("app/*.py", "app/web/main.py", false),
            ("*/*.py", "app/main.py", true),
            ("**", "a/b/c", true),
            ("**/main.py", "main.py", true),
            ("**/main.py", "app/web/main.py", true),
            ("**/main.py", "domain.py", false),
            ("**/*.py", "main.py", true),
            ("**/*.py", "app/web/main.py", true),
            ("**/web/*", "app/web/main.py", true),
            ("**/web/**", "app/web/a/b", true),
            ("**/web/**", "app/web", false),
            ("**/**/*.py", "main.py", true),
            ("**/**/*.py", "a/b/main.py", true),
            ("**/**/*.py", "a/b/main.pyc", false),
            ("app/**", "app", false),
            ("app/**", "app/a/b", true),
            ("app/**", "apple/a", false),
            ("app**", "apple/a", true),
            ("app/**/x", "app/x", true),
            ("app/**/x", "app/a/b/x", true),
            ("app/**/x", "app/ax", false),
            ("app**/x", "app/x", true),
            ("app**x", "app/x", true),
            ("app**x", "app-x", false),
            ("a*/**/z", "ab/c/d/z", true),
            ("*.txt**", "a.txt", true),
            ("***", "a/b", true),
            ("a/***", "a/b", true),
            // without another wildcard after it, `**` at the start matches any text
            ("**main.py", "domain.py", true),
            ("**main.py", "app/domain.py", true),
            ("**main.py", "main.py", true),
            ("**main.p?", "domain.py", false),
            ("**main.p?", "app/main.py", true),
            // classes
            ("v[12]", "v2", true),
            ("v[12]", "v3", false),
            ("v[1-3]x", "v2x", true),
            ("v[1-3]x", "vx", false),
            ("v[^1-3]", "v4", true),
            ("v[^1-3]", "v2", false),
            ("v[!1]", "v!", true),
            ("v[!1]", "v2", false),
            ("[α-ω]", "λ", true),
            ("[a-cx-z]", "y", true),
            ("[\\]\\-]", "]", true),
            ("[\\]\\-]", "-", true),
            ("[\\]\\-]", "a", false),
            ("[\\a-c]", "b", true),
            ("[a^]", "^", true),
            ("a[^b]c", "a/c", true),
            ("]", "]", true),
            // backslashes
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a\\?b", "a?b", true),
            ("\\[a]", "[a]", true),
            ("a\\\\b", "a\\b", true),
            ("\\ü", "ü", true),
        ] {
            let path: Vec<char> = path.chars().collect();
            let ends = Pattern::parse(pattern).unwrap().ends(&path);
            assert_eq!(ends.last(), Some(&matched), "{pattern} {path:?}");
        }
    }
}
