//! Suggestions for invalid entries of `pip`.

/// The help for `text`, which is not a valid requirement.
pub(super) fn of(text: &str) -> String {
    let (named, marker) = text.split_once(';').map_or((text, None), |(named, marker)| (named, Some(marker)));
    // ranges in the syntax of Poetry and npm
    if named.contains('^') {
        return "write a PEP 440 range: `name>=1.2,<2`".to_owned();
    }
    if !named.is_ascii() {
        return "use ASCII letters in names, `\"` for quotes, and the operators `>=`, `<=`, `==`, `!=`".to_owned();
    }
    if named.contains(" #") {
        return "move the comment outside of the quotes".to_owned();
    }
    if named.contains(" if ") {
        return "separate the marker with a semicolon: `name; python_version < \"3.12\"`".to_owned();
    }
    let end = named.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(named.len());
    let (name, rest) = named.split_at(end);
    let version = rest.trim_start_matches(['=', '~', ':', ' ']);
    let operator = rest[..rest.len() - version.len()].trim();
    let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains(char::is_whitespace);
    match operator {
        "=" | ":" | "" if is_version && !rest.is_empty() => {
            return format!("use two equals signs: `{name}=={version}`");
        }
        "~" if is_version => return format!("use `~=`: `{name}~={version}`"),
        _ => {}
    }
    let other = rest.trim_start_matches([',', ' ']);
    if rest.starts_with([',', ' ']) && other.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return "write each requirement as a separate entry".to_owned();
    }
    if marker.is_some() {
        return "a marker compares a PEP 508 variable with a quoted string: `name; python_version < \"3.12\"`"
            .to_owned();
    }
    "write `name`, `name==1.2`, `name[extra]>=1.2; python_version >= \"3.9\"` or `name @ https://…`".to_owned()
}

/// The help for a command-line option.
pub(super) fn of_option(text: &str) -> String {
    // the value of a short option can follow without a space
    let end =
        if text.starts_with("--") { text.find([' ', '\t', '=']) } else { text.char_indices().nth(2).map(|(at, _)| at) };
    let (option, value) = text.split_at(end.unwrap_or(text.len()));
    let value = value.trim_start_matches([' ', '\t', '=']).trim();
    let or = |example| if value.is_empty() { example } else { value };
    let index = || or("https://pypi.example.org/simple");
    let path = |example| match or(example).trim_start_matches("./") {
        "." => "",
        path => path,
    };
    match option {
        "-i" | "--index-url" => format!("add it to `indices`: `{{url: \"{}\", default: true}}`", index()),
        "--extra-index-url" => format!("add it to `indices`: `{{url: \"{}\"}}`", index()),
        "--trusted-host" => "set `trust: true` for the index in `indices`".to_owned(),
        "-r" | "--requirement" => format!("write only the path: `./{}`", path("requirements.txt")),
        "-c" | "--constraint" => {
            format!(
                "write only the path of a file whose name begins with `constraints`: `./{}`",
                path("constraints.txt")
            )
        }
        "-e" | "--editable" if value.contains("://") => format!("write only `{value}`"),
        "-e" | "--editable" => format!("write only the directory of the project: `./{}`", path("lib/")),
        "--pre" => "write the pre-release itself: `name>=2.0rc1`".to_owned(),
        "--require-hashes" => "move hashes to a requirements file, where they are enforced".to_owned(),
        _ => "list only packages; pass other options in the secret `pip.conf`".to_owned(),
    }
}

/// Lower-cases the first letter of a parser's message.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_lowercase().collect::<String>()).unwrap_or_default();
    // but not in `URL`
    if chars.as_str().starts_with(|c: char| c.is_uppercase()) { text.to_owned() } else { first + chars.as_str() }
}

#[cfg(test)]
mod tests {
    use crate::mopyfile::pip::PipEntry;

    #[test]
    fn suggestions_for_invalid_entries() {
        for (given, instead) in [
            ("numpy=1.22", "use two equals signs: `numpy==1.22`"),
            ("numpy 1.22", "use two equals signs: `numpy==1.22`"),
            ("numpy@1.22", "use two equals signs before a version: `numpy==1.22`"),
            ("numpy~1.22", "use `~=`: `numpy~=1.22`"),
            ("numpy^1.22", "write a PEP 440 range: `name>=1.2,<2`"),
            ("numpy, scipy", "write each requirement as a separate entry"),
            ("numpy scipy", "write each requirement as a separate entry"),
            (
                "numpy\t  -U",
                "write only `numpy`; add indexes to `indices`, and pass other options in the secret `pip.conf`",
            ),
            ("-rdev.txt", "write only the path: `./dev.txt`"),
            ("-e .", "write only the directory of the project: `./`"),
            ("-r", "write only the path: `./requirements.txt`"),
            ("--editable=./lib", "write only the directory of the project: `./lib`"),
            ("git+git@github.com:o/r.git", "write `git+ssh://git@github.com/o/r.git`"),
            ("git+ssh://u:p@github.com:o/r.git", "write `git+ssh://u:p@github.com/o/r.git`"),
            ("git+github.com/o/r.git", "write `git+https://github.com/o/r.git`"),
            ("git://github.com/o/r.git", "write `git+https://github.com/o/r.git`"),
            ("https://github.com/o/r", "write `git+https://github.com/o/r`"),
        ] {
            assert_eq!(PipEntry::parse(given).unwrap_err().help, instead, "{given}");
        }
    }
}
