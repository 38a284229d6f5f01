//! Reads Python files just well enough to find definitions. Comments, strings and continued lines are handled.

use crate::cli::context::join;
use crate::cli::init::directory::Directory;

/// The maximum number of files to read, and their maximum size.
const MAX_FILES: usize = 400;
const MAX_BYTES: usize = 512 << 10;

/// The maximum depth of directories.
const MAX_DEPTH: usize = 4;

/// Directories that do not belong to the program.
const SKIPPED: &[&str] = &[
    "__pycache__",
    "alembic",
    "benchmarks",
    "build",
    "dist",
    "doc",
    "docs",
    "env",
    "examples",
    "htmlcov",
    "migrations",
    "node_modules",
    "notebooks",
    "site-packages",
    "test",
    "tests",
    "venv",
];

/// Python files of tools, which are not programs.
const TOOLS: &[&str] =
    &["setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "gunicorn.conf.py", "gunicorn_conf.py"];

/// The ends of calls that start a server.
const SERVES: [&str; 4] = [".run", "run_app", ".launch", ".listen"];

/// A Python file.
#[derive(Default)]
pub(super) struct Module {
    /// Its path.
    pub(super) path: String,
    /// The modules that it imports, as written.
    pub(super) imports: Vec<String>,
    /// Names that are assigned the result of a call at the top level: `app = FastAPI()` becomes `app` and `FastAPI`.
    pub(super) objects: Vec<(String, String)>,
    /// Functions, and the calls in their bodies.
    pub(super) functions: Vec<(String, Vec<String>)>,
    /// All calls, with dots: `uvicorn.run`.
    pub(super) calls: Vec<String>,
    /// Paths of routes, each with the object that it is registered with: `@app.get("/health")`.
    pub(super) routes: Vec<(String, String)>,
    /// Whether the file runs something when it is started.
    pub(super) is_main: bool,
    /// The port in a call such as `run`.
    pub(super) port: Option<u16>,
    /// Strings in it that may be file names.
    pub(super) strings: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum Token<'t> {
    Name(&'t str),
    Text(&'t str),
    Sign(char),
}

/// The Python files of a directory, those at the top level first.
pub(super) fn scan(directory: &Directory) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut level = vec![String::new()];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for parent in level {
            let names = directory.names(&parent);
            if names.iter().any(|name| name == "pyvenv.cfg") {
                continue;
            }
            for name in names {
                let path = join(&parent, &name);
                if name.ends_with(".py") && directory.is_file(&path) {
                    let is_test =
                        name.starts_with("test_") || name.ends_with("_test.py") || TOOLS.contains(&name.as_str());
                    if is_test || modules.len() >= MAX_FILES {
                        continue;
                    }
                    let text = directory.text_if_readable(&path).filter(|text| text.len() <= MAX_BYTES);
                    modules.extend(text.map(|text| Module::parse(path, &text)));
                } else if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) && directory.is_directory(&path) {
                    next.push(path);
                }
            }
        }
        level = next;
    }
    modules
}

impl Module {
    /// Reads the text of a file.
    pub(super) fn parse(path: String, text: &str) -> Self {
        let mut module = Self { path, ..Self::default() };
        let mut function = false;
        for (indent, tokens) in lines(text) {
            if indent == 0 {
                function = module.definition(&tokens);
            }
            module.import(&tokens);
            module.decorator(&tokens);
            module.strings(&tokens);
            let calls = calls(&tokens);
            if function && let Some((_, body)) = module.functions.last_mut() {
                body.extend(calls.iter().cloned());
            }
            let serves = |call: &String| SERVES.iter().any(|end| call.ends_with(end));
            module.port = module.port.or_else(|| port(&tokens).filter(|_| calls.iter().any(serves)));
            module.calls.extend(calls);
        }
        module
    }

    /// Whether it imports `name` or something from it.
    pub(super) fn imports(&self, name: &str) -> bool {
        self.imports
            .iter()
            .any(|import| import.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// Reads a line at the top level, and returns whether it begins a function.
    fn definition(&mut self, tokens: &[Token<'_>]) -> bool {
        match tokens {
            [Token::Name("if"), Token::Name("__name__"), rest @ ..] => {
                self.is_main |= rest.contains(&Token::Text("__main__"));
            }
            [Token::Name("def"), Token::Name(name), ..]
            | [Token::Name("async"), Token::Name("def"), Token::Name(name), ..] => {
                self.functions.push(((*name).to_owned(), Vec::new()));
                return true;
            }
            [Token::Name(name), Token::Sign('=' | ':'), ..] => {
                let value = tokens.iter().position(|token| *token == Token::Sign('=')).map(|at| &tokens[at + 1..]);
                if let Some(call) = value.and_then(first_call) {
                    self.objects.push(((*name).to_owned(), call));
                }
            }
            _ => {}
        }
        false
    }

    fn import(&mut self, tokens: &[Token<'_>]) {
        let dotted = |tokens: &[Token<'_>]| -> String {
            let parts = tokens.iter().map_while(|token| match token {
                Token::Name("as" | "import") => None,
                Token::Name(name) => Some((*name).to_owned()),
                Token::Sign('.') => Some(".".to_owned()),
                _ => None,
            });
            parts.collect()
        };
        match tokens {
            [Token::Name("import"), rest @ ..] => {
                self.imports.extend(rest.split(|token| *token == Token::Sign(',')).map(dotted));
            }
            [Token::Name("from"), rest @ ..] => {
                let from = dotted(rest);
                let names =
                    rest.iter().position(|token| *token == Token::Name("import")).map_or(rest.len(), |at| at + 1);
                for name in rest[names..].split(|token| *token == Token::Sign(',')) {
                    let name = name.iter().find_map(|token| match token {
                        Token::Name(name) => Some(*name),
                        _ => None,
                    });
                    let dot = if from.ends_with('.') || from.is_empty() { "" } else { "." };
                    self.imports.extend(name.map(|name| format!("{from}{dot}{name}")));
                }
                self.imports.push(from);
            }
            _ => {}
        }
    }

    fn decorator(&mut self, tokens: &[Token<'_>]) {
        if let [
            Token::Sign('@'),
            Token::Name(name),
            Token::Sign('.'),
            Token::Name("get" | "route" | "api_route"),
            Token::Sign('('),
            rest @ ..,
        ] = tokens
            && let Some(Token::Text(path)) = rest.iter().find(|token| matches!(token, Token::Text(_)))
        {
            self.routes.push(((*name).to_owned(), (*path).to_owned()));
        }
    }

    fn strings(&mut self, tokens: &[Token<'_>]) {
        let texts = tokens.iter().filter_map(|token| match token {
            Token::Text(text) => Some(*text),
            _ => None,
        });
        self.strings.extend(
            texts.filter(|text| (1..=100).contains(&text.len()) && !text.contains(['\n', ' '])).map(str::to_owned),
        );
    }
}

/// The name of the call that the tokens begin with: `FastAPI` for `fastapi.FastAPI(…)`.
fn first_call(tokens: &[Token<'_>]) -> Option<String> {
    let mut last = None;
    for token in tokens {
        match token {
            Token::Name("await" | "lambda") => return None,
            Token::Name(name) => last = Some(*name),
            Token::Sign('.') => {}
            Token::Sign('(') => return last.map(str::to_owned),
            _ => return None,
        }
    }
    None
}

/// All calls in a line.
fn calls(tokens: &[Token<'_>]) -> Vec<String> {
    let mut calls = Vec::new();
    let mut dotted = String::new();
    let mut closed = false;
    for token in tokens {
        let after_call = std::mem::replace(&mut closed, *token == Token::Sign(')'));
        match token {
            // a call of the result of another call
            Token::Sign('.') if after_call => ".".clone_into(&mut dotted),
            Token::Name(name) if dotted.ends_with('.') || dotted.is_empty() => dotted.push_str(name),
            Token::Name(name) => (*name).clone_into(&mut dotted),
            Token::Sign('.') if !dotted.is_empty() => dotted.push('.'),
            Token::Sign('(') if !dotted.is_empty() => calls.push(std::mem::take(&mut dotted)),
            _ => dotted.clear(),
        }
    }
    calls
}

/// The number after `port=`, or in `.listen(…)`.
fn port(tokens: &[Token<'_>]) -> Option<u16> {
    let mut windows = tokens.windows(3);
    windows.find_map(|window| match window {
        [Token::Name("port" | "server_port"), Token::Sign('='), Token::Name(number)]
        | [Token::Name("listen"), Token::Sign('('), Token::Name(number)] => number.parse().ok(),
        _ => None,
    })
}

/// The logical lines of a Python file, each with its indentation.
fn lines(text: &str) -> Vec<(usize, Vec<Token<'_>>)> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let (mut indent, mut depth, mut at) = (0, 0_usize, 0);
    let mut begins = true;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        match c {
            '\n' => {
                if depth == 0 && !line.is_empty() {
                    lines.push((indent, std::mem::take(&mut line)));
                }
                begins |= depth == 0;
                at += 1;
            }
            '\\' => at += rest.find('\n').map_or(rest.len(), |end| end + 1),
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            c if c.is_whitespace() => {
                if begins {
                    let width = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                    if !rest[width..].starts_with(['\n', '\r', '#']) {
                        indent = width;
                        begins = false;
                    }
                    at += width.max(c.len_utf8());
                } else {
                    at += c.len_utf8();
                }
            }
            c => {
                if begins {
                    (indent, begins) = (0, false);
                }
                let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let quote = rest[name..].starts_with(['"', '\''])
                    && name <= 2
                    && rest[..name].chars().all(|c| "rRbBuUfFtT".contains(c));
                if quote {
                    let (string, length) = string(&rest[name..]);
                    line.push(Token::Text(string));
                    at += name + length;
                } else if name > 0 {
                    line.push(Token::Name(&rest[..name]));
                    at += name;
                } else {
                    match c {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    line.push(Token::Sign(c));
                    at += c.len_utf8();
                }
            }
        }
    }
    if !line.is_empty() {
        lines.push((indent, line));
    }
    lines
}

/// The content of the string that `text` begins with, and its length including quotes.
fn string(text: &str) -> (&str, usize) {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let quote = if text.starts_with(&triple) { triple.as_str() } else { quote };
    let start = quote.len();
    let mut at = start;
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with(quote) {
            return (&text[start..at], at + start);
        }
        // an unclosed string ends with its line
        if c == '\n' && start == 1 {
            return (&text[start..at], at);
        }
        at += c.len_utf8();
        if c == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    (&text[start..], text.len())
}

#[cfg(test)]
mod tests {
    use super::Module;

    #[test]
    fn definitions_of_a_module() {
        let text = "\"\"\"docs\napp = Flask(__name__)\n\"\"\"\nimport os, uvicorn.config as c\nfrom fastapi import FastAPI\nfrom . import db\nfrom .models import (\n  A,  # FastAPI()\n  B)\n\n\
                    app: FastAPI = FastAPI(\n    title='x',\n)\n# other = FastAPI()\nname = 'x = Flask()'\n\n@app.get('/health')\ndef health():\n    return open(\"a.json\")\n\n\
                    def create_app(x=1) -> FastAPI:\n    app = fastapi.FastAPI()\n    return app\n\nif __name__ == '__main__':\n    uvicorn.run(\n        app, port=9000)\n";
        let module = Module::parse("main.py".to_owned(), text);
        assert_eq!(module.objects, [("app".to_owned(), "FastAPI".to_owned())]);
        assert_eq!(module.routes, [("app".to_owned(), "/health".to_owned())]);
        assert!(module.is_main && module.port == Some(9000));
        for import in ["os", "uvicorn", "fastapi", ".models"] {
            assert!(module.imports(import), "{import}: {:?}", module.imports);
        }
        assert!(module.imports.contains(&".db".to_owned()) && !module.imports("flask"));
        let functions: Vec<&str> = module.functions.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(functions, ["health", "create_app"]);
        assert!(module.functions[1].1.contains(&"fastapi.FastAPI".to_owned()), "{:?}", module.functions);
        assert!(module.strings.contains(&"a.json".to_owned()));
        assert!(module.calls.contains(&"uvicorn.run".to_owned()));
    }

    #[test]
    fn odd_texts_end() {
        for text in ["'", "\"\"\"", "\\", "(", "x = (", "é = 'é", "\r\n x", "from", "import", "a = b'\\'"] {
            Module::parse("a.py".to_owned(), text);
        }
    }
}
