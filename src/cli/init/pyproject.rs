//! What `pyproject.toml` says (<https://packaging.python.org/specifications/pyproject-toml/>).

use toml::de::{DeTable, Error};

use super::python;

/// The part of `pyproject.toml` that matters here.
#[derive(Default)]
pub(super) struct Pyproject {
    /// Whether pip can install the directory, and does not only find settings of tools in the file.
    pub(super) is_installable: bool,
    /// Whether uv installs the project besides what it needs (docs.astral.sh/uv, "Project packaging"), which Poetry
    /// lets a project say of itself, too (python-poetry.org, "Basic usage").
    pub(super) is_package: bool,
    /// Whether the file itself says what the project needs.
    pub(super) names_dependencies: bool,
    /// Which versions of Python it runs on, as PEP 440 writes them.
    pub(super) requires_python: Option<String>,
}

impl Pyproject {
    /// Reads the text of the file.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let file = DeTable::parse(text)?;
        let file = file.get_ref();
        let project = table(file, "project");
        let tool = table(file, "tool");
        let [uv, poetry] = ["uv", "poetry"].map(|name| tool.and_then(|tool| table(tool, name)));
        let has_build_system = table(file, "build-system").is_some();
        let package = flag(uv, "package").or(flag(poetry, "package-mode"));
        let dynamic = project.and_then(|project| project.get("dynamic")?.get_ref().as_array());
        let is_dynamic =
            |name: &str| dynamic.is_some_and(|names| names.iter().any(|one| one.get_ref().as_str() == Some(name)));
        let dependencies = poetry.and_then(|poetry| table(poetry, "dependencies"));
        Ok(Self {
            is_installable: package != Some(false) && (project.is_some() || has_build_system),
            is_package: package.unwrap_or(has_build_system),
            names_dependencies: project.is_some() && !is_dynamic("dependencies"),
            requires_python: text_of(project, "requires-python")
                .or_else(|| text_of(dependencies, "python").map(|versions| python::of_poetry(&versions))),
        })
    }
}

/// Which versions of Python a file of TOML allows with the key `key` of the table `name`, or of the file itself.
pub(super) fn requires_python(text: &str, name: Option<&str>, key: &str) -> Option<String> {
    let file = DeTable::parse(text).ok()?;
    let of = name.map_or(Some(file.get_ref()), |name| table(file.get_ref(), name));
    text_of(of, key)
}

fn table<'t, 'i>(of: &'t DeTable<'i>, name: &str) -> Option<&'t DeTable<'i>> {
    of.get(name)?.get_ref().as_table()
}

fn text_of(of: Option<&DeTable<'_>>, key: &str) -> Option<String> {
    of?.get(key)?.get_ref().as_str().map(str::to_owned)
}

fn flag(of: Option<&DeTable<'_>>, key: &str) -> Option<bool> {
    of?.get(key)?.get_ref().as_bool()
}

#[cfg(test)]
mod tests {
    use super::Pyproject;

    #[test]
    fn what_matters() {
        for (text, installable, python) in [
            ("", false, None),
            ("[tool.ruff]\nselect = ['E', 1]\n", false, None),
            ("[build-system]\nrequires = ['setuptools']\n", true, None),
            (
                "[project]\nname = 'x'\nrequires-python = '>=3.9' # c\n[tool.x]\nrequires-python = 1\n",
                true,
                Some(">=3.9"),
            ),
            ("[tool.poetry.dependencies]\npython = '^3.9'\n", false, Some(">=3.9,<4")),
            ("[build-system]\n[tool.poetry]\npackage-mode = false\n", false, None),
            ("project.requires-python = \"\"\"<4\"\"\"", true, Some("<4")),
            ("project = {name = \"x\", \"requires-python\" = \"~=3.11\"}", true, Some("~=3.11")),
        ] {
            let pyproject = Pyproject::parse(text).unwrap();
            let found = (pyproject.is_installable, pyproject.requires_python.as_deref());
            assert_eq!(found, (installable, python), "{text}");
        }
        for (text, package) in [
            ("[project]\nname = 'x'\n", false),
            ("[build-system]\nrequires = []\n", true),
            ("[build-system]\nrequires = []\n[tool.uv]\npackage = false\n", false),
            ("[tool.uv]\npackage = true\n", true),
            ("[build-system]\nrequires = []\n[tool.poetry]\npackage-mode = false\n", false),
        ] {
            assert_eq!(Pyproject::parse(text).unwrap().is_package, package, "{text}");
        }
        for (text, names) in [
            ("[project]\nname = 'x'\n", true),
            ("[project]\nname = 'x'\ndynamic = ['version']\n", true),
            ("[project]\nname = 'x'\ndynamic = ['dependencies']\n", false),
            ("[build-system]\n", false),
        ] {
            assert_eq!(Pyproject::parse(text).unwrap().names_dependencies, names, "{text}");
        }
        assert!(Pyproject::parse("[project\n").is_err());
    }
}
