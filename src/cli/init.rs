//! `mopy init`.

mod layout;
mod pyproject;
mod python;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use super::output::temporary;
use super::{Failure, Outcome, show};
use crate::dockerfile::word::ShellWord;
use crate::mopyfile::file::NAMES;
use crate::mopyfile::ignore::default_text;
use crate::source::reason;
use layout::Layout;

#[derive(clap::Args)]
#[command(
    after_help = "It looks for the version of Python (.python-version, pyproject.toml, setup.cfg, setup.py, Pipfile, \
pylock.toml, a script), for requirements and lock files, and for what runs (main.py, manage.py, a script, a package with \
__main__.py), and writes Mopyfile.yaml, and .dockerignore if there is none. Nothing is overwritten.

Examples:
  mopy init
  mopy init services/shop"
)]
pub(super) struct Arguments {
    /// The project's directory
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

impl Arguments {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let directory = self.directory.as_path();
        if !directory.is_dir() {
            return Err(Failure::new(format!("`{}` is no directory", directory.display())));
        }
        // a link to nothing is there, too
        if let Some(name) = NAMES.iter().find(|name| directory.join(name).symlink_metadata().is_ok()) {
            return Err(exists(&directory.join(name)));
        }
        let layout = Layout::of(directory)?;
        let mopyfile = directory.join(NAMES[0]);
        match write(&mopyfile, &text::mopyfile(&layout)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists(&mopyfile)),
            written => written.map_err(|error| cannot_write(&mopyfile, &error))?,
        }
        show(&format!("wrote {}: {}\n", mopyfile.display(), text::summary(&layout)));
        let ignored = directory.join(".dockerignore");
        match write(&ignored, &default_text(NAMES[0])) {
            Ok(()) => show(&format!("wrote {}\n", ignored.display())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot_write(&ignored, &error)),
        }
        show(&next(directory, &mopyfile));
        Ok(Outcome::Fine)
    }
}

/// Writes a file that is not there yet.
fn write(file: &Path, text: &str) -> io::Result<()> {
    temporary(file, text.as_bytes())?.persist_noclobber(file).map(drop).map_err(|error| error.error)
}

fn exists(file: &Path) -> Failure {
    Failure::new(format!("`{}` is there already, and nothing is overwritten", file.display()))
        .help("move it away, or go on with it: `mopy check`")
}

fn cannot_write(file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {}", file.display(), reason(error)))
}

fn next(directory: &Path, mopyfile: &Path) -> String {
    let [file, context] = [mopyfile, directory].map(|path| ShellWord::new(&path.to_string_lossy()));
    let file = if directory == Path::new(".") { ShellWord::new(NAMES[0]) } else { file };
    let name = image(directory);
    format!("look it over, and build it: docker build -f {file} -t {name} {context}\n")
}

/// The name of the directory as the name of an image (distribution/reference: lower case, digits, and
/// separators between them).
fn image(directory: &Path) -> String {
    let directory = directory.canonicalize().unwrap_or_default();
    let name = directory.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "app".to_owned() } else { words.join("-") }
}
