//! `mopy init`.

mod application;
mod dependencies;
mod directory;
mod evidence;
mod python;
mod versions;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::input::{read_regular, with_suffix};
use super::output::temporary;
use super::{Failure, Outcome, show};
use crate::diagnostic::text::printable;
use crate::dockerfile::word::ShellWord;
use crate::mopyfile::file::{IGNORE_SUFFIX, MAX_COMPANION_BYTES, NAMES};
use crate::mopyfile::ignore::{Patterns, default_text};
use application::Search;
use dependencies::{DependencySources, Workspace};
use directory::Directory;
use evidence::Evidence;
use write::Proposal;

#[derive(clap::Args)]
#[command(
    after_help = "Detects the Python version, the dependencies and the command from the Dockerfile, Procfile, pyproject.toml, \
requirements and lock files, .python-version and the source code. Writes Mopyfile.yaml and, if there is none, .dockerignore. \
Existing files are never overwritten.

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
            return Err(Failure::new(format!("`{}` is not a directory", directory.display())));
        }
        // a broken symbolic link also counts as existing
        if let Some(name) = NAMES.iter().find(|name| directory.join(name).symlink_metadata().is_ok()) {
            return Err(exists(&directory.join(name)));
        }
        let draft = draft(&Directory { root: directory.to_owned() })?;
        let mopyfile = directory.join(NAMES[0]);
        match write(&mopyfile, &draft.text()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists(&mopyfile)),
            written => written.map_err(|error| Failure::cannot_write(&mopyfile, &error))?,
        }
        show(&printable(&format!("wrote {}: {}\n", mopyfile.display(), draft.summary())));
        let context =
            draft.workspace.as_ref().map_or_else(|| directory.to_owned(), |workspace| directory.join(&workspace.up));
        ignore(&context, &mopyfile, draft.workspace.as_ref())?;
        show(&next(directory, &mopyfile, &context));
        Ok(Outcome::Success)
    }
}

/// Drafts a Mopyfile from the files of the project.
fn draft(directory: &Directory) -> Result<Proposal, Failure> {
    let evidence = Evidence::read(directory)?;
    let python = python::choose(&evidence);
    let sources = DependencySources::find(directory, &evidence, &python.version);
    let known = evidence.dependencies(&sources.requirements, directory);
    let search = Search::new(directory, &evidence, &known, sources.installed);
    let application = search.find();
    let dependencies = sources.dependencies(&search, &application);
    Ok(Proposal { python, dependencies, application, workspace: sources.workspace })
}

/// Writes `.dockerignore`, or prints the lines that an existing one should contain.
fn ignore(context: &Path, mopyfile: &Path, workspace: Option<&Workspace>) -> Result<(), Failure> {
    /// Patterns for large or secret files.
    const NEEDED: [(&str, &str); 2] = [(".git", "**/.git"), (".env", "**/.env")];
    let shared = context.join(".dockerignore");
    if shared.symlink_metadata().is_ok() {
        let text = read_regular(&shared, MAX_COMPANION_BYTES).unwrap_or_default();
        let patterns = Patterns::parse(&String::from_utf8_lossy(&text));
        let missing: Vec<&str> =
            NEEDED.iter().filter(|(name, _)| !patterns.matches(name)).map(|(_, line)| *line).collect();
        if !missing.is_empty() {
            show(&format!(
                "note: {} does not exclude everything that should stay out of images; add these lines:\n",
                shared.display()
            ));
            missing.iter().for_each(|line| show(&format!("  {line}\n")));
        }
        return Ok(());
    }
    // a workspace member does not write to the root of the workspace
    let own = if workspace.is_some() { with_suffix(mopyfile, IGNORE_SUFFIX) } else { shared };
    match write(&own, &default_text(NAMES[0])) {
        Ok(()) => show(&format!("wrote {}\n", own.display())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Failure::cannot_write(&own, &error)),
    }
    Ok(())
}

/// Writes a file that does not exist yet.
fn write(file: &Path, text: &str) -> io::Result<()> {
    temporary(file, text.as_bytes())?.persist_noclobber(file)?;
    Ok(())
}

fn exists(file: &Path) -> Failure {
    Failure::new(format!("`{}` already exists", file.display()))
        .help("check it with `mopy check`, or remove it to write a new one")
}

fn next(directory: &Path, mopyfile: &Path, context: &Path) -> String {
    let file = if directory == Path::new(".") { Path::new(NAMES[0]) } else { mopyfile };
    let [file, context] = [file, context].map(|path| ShellWord::new(&path.to_string_lossy()));
    let name = image(directory);
    format!("review it, then build the image: docker build -f {file} -t {name} {context}\n")
}

/// The name of the directory as an image name (distribution/reference: lower case, digits, and separators between
/// them).
fn image(directory: &Path) -> String {
    let directory = fs::canonicalize(directory).unwrap_or_default();
    let name = directory.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "app".to_owned() } else { words.join("-") }
}
