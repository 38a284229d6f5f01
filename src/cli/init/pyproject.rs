//! What `pyproject.toml` says (<https://packaging.python.org/specifications/pyproject-toml/>).

use toml::de::{DeTable, DeValue, Error};

/// The part of `pyproject.toml` that matters here.
#[derive(Default)]
pub(super) struct Pyproject {
    /// Whether pip can install the directory, and does not only find settings of tools in the file.
    pub(super) is_installable: bool,
    /// Whether uv installs the project besides what it needs (docs.astral.sh/uv, "Project packaging").
    pub(super) is_package: bool,
    /// Which versions of Python it runs on, as PEP 440 writes them.
    pub(super) requires_python: Option<String>,
}

impl Pyproject {
    /// Reads the text of the file.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let file = DeTable::parse(text)?;
        let table = |name| file.get_ref().get(name).and_then(|value| value.get_ref().as_table());
        let project = table("project");
        let uv = table("tool").and_then(|tool| tool.get("uv")).and_then(|uv| uv.get_ref().as_table());
        let package = uv.and_then(|uv| uv.get("package")).and_then(|value| value.get_ref().as_bool());
        let requires_python = project.and_then(|project| project.get("requires-python")).map(|value| value.get_ref());
        Ok(Self {
            is_installable: project.is_some() || table("build-system").is_some(),
            is_package: package.unwrap_or_else(|| table("build-system").is_some()),
            requires_python: requires_python.and_then(DeValue::as_str).map(str::to_owned),
        })
    }
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
        ] {
            assert_eq!(Pyproject::parse(text).unwrap().is_package, package, "{text}");
        }
        assert!(Pyproject::parse("[project\n").is_err());
    }
}
