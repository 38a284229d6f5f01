//! A Dockerfile as BuildKit and a shell read it, as far as generated ones go: written from their side, so that what is
//! read back is not a matter of mopy's quoting (moby/buildkit, `frontend/dockerfile/parser` and `frontend/dockerfile/shell`).

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

/// Stands in a word of a shell before each character that is not literal; no value can hold it.
pub(crate) const SPECIAL: char = '\0';

type Variables = HashMap<String, String>;

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    /// The lines at its top that are directives, such as `# check=skip=X`.
    pub(crate) directives: Vec<String>,
    pub(crate) instructions: Vec<Instruction>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) keyword: String,
    pub(crate) flags: Vec<String>,
    /// Its arguments without quotes, and with the values of variables.
    pub(crate) words: Vec<String>,
}

impl Dockerfile {
    /// Reads `text`.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut instructions = Vec::new();
        let mut stages = HashMap::<String, Variables>::new();
        let mut stage = String::new();
        for line in lines(text) {
            let variables = stages.entry(stage.clone()).or_default();
            let instruction = Instruction::read(&line, variables).map_err(|reason| format!("{reason}: {line}"))?;
            match instruction.keyword.as_str() {
                "FROM" => {
                    let base = instruction.words.first().and_then(|base| stages.get(base)).cloned();
                    stage = instruction.words.last().cloned().unwrap_or_default();
                    stages.insert(stage.clone(), base.unwrap_or_else(official));
                }
                "ENV" => {
                    // `PATH` stays what the base image has, so that it is the same in all stages
                    let set = instruction.words.iter().filter_map(|word| word.split_once('='));
                    let set = set.filter(|(name, _)| *name != "PATH");
                    variables.extend(set.map(|(name, value)| (name.to_owned(), value.to_owned())));
                }
                _ => {}
            }
            instructions.push(instruction);
        }
        Ok(Self { directives: directives(text), instructions })
    }

    /// What no value may change: the directives, and the keyword and the flags of each instruction.
    pub(crate) fn structure(&self) -> Vec<String> {
        let instructions = self.instructions.iter().map(|instruction| {
            let flags = instruction.flags.iter().map(|flag| flag.split('=').next().unwrap_or_default());
            let stage = instruction.words.iter().skip(1).filter(|_| instruction.keyword == "FROM");
            let words = flags.chain(stage.map(String::as_str));
            words.fold(instruction.keyword.clone(), |text, word| format!("{text} {word}"))
        });
        self.directives.iter().cloned().chain(instructions).collect()
    }

    /// The words of the instructions with a keyword.
    pub(crate) fn words(&self, keyword: &str) -> impl Iterator<Item = &[String]> {
        let found = self.instructions.iter().filter(move |instruction| instruction.keyword == keyword);
        found.map(|instruction| instruction.words.as_slice())
    }
}

/// What the base images set.
fn official() -> Variables {
    HashMap::from([("PATH".to_owned(), "/usr/bin".to_owned())])
}

fn directives(text: &str) -> Vec<String> {
    let is_directive = |line: &&str| {
        let name = line.strip_prefix('#').and_then(|rest| rest.split_once('=')).map(|(name, _)| name.trim());
        name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    text.lines().take_while(is_directive).map(str::to_owned).collect()
}

/// The lines of instructions, each with those that it goes on in, without comments.
fn lines(text: &str) -> Vec<String> {
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if is_comment(line) {
            continue;
        }
        let (mut whole, mut goes_on) = continued(line.trim_start());
        while goes_on && let Some(line) = lines.next() {
            if is_comment(line) || line.trim_start().is_empty() {
                continue;
            }
            let (part, more) = continued(line);
            whole += &part;
            goes_on = more;
        }
        if !whole.is_empty() {
            found.push(whole);
        }
    }
    found
}

/// A line without the backslash at its end, and whether there is one: not where another one is before it.
fn continued(line: &str) -> (String, bool) {
    match line.trim_end_matches([' ', '\t']).strip_suffix('\\') {
        Some(rest) if !rest.ends_with('\\') => (rest.to_owned(), true),
        _ => (line.to_owned(), false),
    }
}

impl Instruction {
    fn read(line: &str, variables: &Variables) -> Result<Self, String> {
        const BLANK: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];
        let (keyword, mut rest) = line.split_once(BLANK).ok_or("an instruction without arguments")?;
        let mut flags = Vec::new();
        loop {
            rest = rest.trim();
            let Some((flag, after)) = rest.split_once(BLANK).filter(|(flag, _)| flag.starts_with("--")) else { break };
            flags.push(flag.to_owned());
            rest = after;
        }
        let json = |text: &str| serde_json::from_str::<Vec<String>>(text).ok();
        let word = |word: &str| docker_word(word, variables);
        let words = match keyword {
            "RUN" => match json(rest) {
                Some(words) => words,
                None if has_heredoc(rest) => return Err("a heredoc".to_owned()),
                None => shell_words(rest, variables)?,
            },
            "CMD" | "ENTRYPOINT" => json(rest).ok_or("no exec form")?,
            "HEALTHCHECK" => {
                let command = rest.strip_prefix("CMD ").and_then(json).ok_or("no exec form")?;
                std::iter::once("CMD".to_owned()).chain(command).collect()
            }
            "COPY" => {
                let words = json(rest).unwrap_or_else(|| rest.split(BLANK).map(str::to_owned).collect());
                let mut words = words.iter().map(|text| word(text)).collect::<Result<Vec<_>, _>>()?;
                let target = words.pop().ok_or("nothing to copy")?;
                // in another stage, mopy names what it knows
                let from_stage = flags.iter().any(|flag| flag.starts_with("--from="));
                let named = |source: &String| if from_stage { Some(source.clone()) } else { pattern(source) };
                let sources = words.iter().map(|source| named(source).ok_or("a pattern"));
                let sources = sources.collect::<Result<Vec<_>, _>>()?;
                sources.into_iter().chain([target]).collect()
            }
            "ENV" | "LABEL" => {
                let words = docker_words(rest);
                if words.iter().any(|word| !word.contains('=')) {
                    return Err("a value without a name".to_owned());
                }
                words.iter().map(|text| word(text)).collect::<Result<Vec<_>, _>>()?
            }
            "STOPSIGNAL" | "USER" | "WORKDIR" => vec![word(rest)?],
            "ARG" => docker_words(rest).iter().map(|text| word(text)).collect::<Result<Vec<_>, _>>()?,
            "EXPOSE" | "FROM" => rest.split(BLANK).map(str::to_owned).collect(),
            _ => return Err("no instruction".to_owned()),
        };
        Ok(Self { keyword: keyword.to_owned(), flags, words })
    }
}

/// The words of an `ENV` or `LABEL` with their quotes (`parseWords`).
fn docker_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, None) if c.is_whitespace() => {
                words.push(std::mem::take(&mut word));
                continue;
            }
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// A word without quotes and with the values of variables (`ProcessWord`).
fn docker_word(word: &str, variables: &Variables) -> Result<String, String> {
    let mut read = String::new();
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => read += &single_quoted(&mut chars)?,
            '"' => loop {
                match chars.next().ok_or("a quote without an end")? {
                    '"' => break,
                    '$' => read += &variable(&mut chars, variables)?,
                    '\\' if matches!(chars.peek(), Some('"' | '$' | '\\')) => read.extend(chars.next()),
                    c => read.push(c),
                }
            },
            '$' => read += &variable(&mut chars, variables)?,
            '\\' => read.extend(chars.next()),
            c => read.push(c),
        }
    }
    Ok(read)
}

fn single_quoted(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut read = String::new();
    loop {
        match chars.next().ok_or("a quote without an end")? {
            '\'' => return Ok(read),
            c => read.push(c),
        }
    }
}

/// The value of `${NAME}`, the one form of a variable that a value may bring.
fn variable(chars: &mut Peekable<Chars<'_>>, variables: &Variables) -> Result<String, String> {
    chars.next_if_eq(&'{').ok_or("a variable without braces")?;
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(c);
    }
    chars.next_if_eq(&'}').ok_or("a variable with more than a name")?;
    Ok(variables.get(&name).cloned().unwrap_or_default())
}

/// The words of a shell command, each character of them that is not literal after [`SPECIAL`] (POSIX.1-2024, volume
/// XCU, section 2.2); what `printenv` prints is put in its place.
fn shell_words(text: &str, variables: &Variables) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = None::<String>;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if matches!(c, ' ' | '\t' | '\n') {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_default();
        match c {
            '\'' => *word += &single_quoted(&mut chars)?,
            '"' => loop {
                match chars.next().ok_or("a quote without an end")? {
                    '"' => break,
                    '$' => match printed(&mut chars, variables) {
                        Some(value) => *word += &value,
                        None => word.extend([SPECIAL, '$']),
                    },
                    '`' => word.extend([SPECIAL, '`']),
                    '\\' if matches!(chars.peek(), Some('$' | '`' | '"' | '\\')) => word.extend(chars.next()),
                    c => word.push(c),
                }
            },
            '\\' => word.extend(chars.next()),
            c if "|&;<>()$`*?[]#~{}!".contains(c) => word.extend([SPECIAL, c]),
            c => word.push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// What `$(printenv NAME)` gives, where that follows.
fn printed(chars: &mut Peekable<Chars<'_>>, variables: &Variables) -> Option<String> {
    let rest: String = chars.clone().collect();
    let (name, _) = rest.strip_prefix("(printenv ")?.split_once(')')?;
    let value = variables.get(name)?.clone();
    chars.nth("(printenv )".len() + name.len() - 1);
    Some(value)
}

/// Whether a word looks like `<<EOF` (`heredocsFromLine`).
fn has_heredoc(text: &str) -> bool {
    docker_words(text).iter().any(|word| {
        let name = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<");
        name.is_some_and(|name| !name.contains('<'))
    })
}

/// The only name that a pattern matches, by the rules of Go's `filepath.Match`; `None` if it matches several.
fn pattern(pattern: &str) -> Option<String> {
    let mut read = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' => return None,
            '[' => {
                let c = chars.next()?;
                read.push(if c == '\\' { chars.next()? } else { c });
                chars.next().filter(|c| *c == ']')?;
            }
            '\\' => read.push(chars.next()?),
            c => read.push(c),
        }
    }
    Some(read)
}

#[test]
fn values_are_read_back() {
    let text = "# check=skip=X\n# no directive\nFROM a AS b\nENV A='x y'\\''$' B=\"<${PATH}>\"\n# c\nCOPY [\"./a\\\\$b[\\\\*]\", \"/c\"]\n\
                RUN --mount=type=x \\\n    # c\n    '<<EOF' \"$(printenv A)\"z \\\n\n    | $x\nHEALTHCHECK --retries=1 CMD [\"d\"]\n";
    let read = Dockerfile::read(text).unwrap();
    assert_eq!(
        read.structure(),
        ["# check=skip=X", "FROM AS b", "ENV", "COPY", "RUN --mount", "HEALTHCHECK --retries"]
    );
    let words: Vec<_> = read.instructions.iter().map(|instruction| instruction.words.clone()).collect();
    assert_eq!(words[1], ["A=x y'$", "B=</usr/bin>"]);
    assert_eq!(words[2], ["./a$b*", "/c"]);
    assert_eq!(words[3], ["<<EOF", "x y'$z", "\0|", "\0$x"]);
    assert_eq!(words[4], ["CMD", "d"]);
    for wrong in ["RUN cat <<EOF", "COPY * /", "ENV A", "ENV A=${B-c}", "CMD x", "NONE x", "WORKDIR 'x"] {
        assert!(Dockerfile::read(wrong).is_err(), "{wrong}");
    }
}
