//! Reads `pyproject.toml` (<https://packaging.python.org/specifications/pyproject-toml/>) and other TOML files.

use toml::de::{DeTable, DeValue, Error};

use crate::mopyfile::wheels::strings;

/// The relevant parts of `pyproject.toml`.
pub(crate) struct Pyproject {
    /// Whether pip can install the directory; false if the file contains only settings of tools.
    pub(crate) is_installable: bool,
    /// Whether uv also installs the project itself (docs.astral.sh/uv, "Project packaging"). Poetry has the same
    /// distinction (python-poetry.org, "Basic usage").
    pub(crate) is_package: bool,
    /// Whether `[project]` contains the dependencies.
    pub(crate) names_dependencies: bool,
    /// Whether Poetry manages the project, and `[project]` has no dependencies.
    pub(crate) is_of_poetry: bool,
    /// Whether it is the root of a uv workspace.
    pub(crate) is_workspace: bool,
    /// `requires-python`, a PEP 440 specifier.
    pub(crate) requires_python: Option<String>,
    /// Poetry's Python constraint.
    pub(crate) poetry_python: Option<String>,
    /// The project's name.
    pub(crate) name: Option<String>,
    /// The names of its dependencies, each with its extras: `fastapi[standard]`.
    pub(crate) dependencies: Vec<String>,
    /// The commands that it installs.
    pub(crate) scripts: Vec<String>,
}

impl Pyproject {
    /// Reads the text of the file.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let file = DeTable::parse(text)?;
        let file = Some(file.get_ref());
        let project = table(file, "project");
        let tool = table(file, "tool");
        let (uv, poetry) = (table(tool, "uv"), table(tool, "poetry"));
        let has_build_system = table(file, "build-system").is_some();
        let flag = |of, key| value(of, key)?.as_bool();
        let package = flag(uv, "package").or_else(|| flag(poetry, "package-mode"));
        let dynamic = strings(value(project, "dynamic"));
        let of_poetry = table(poetry, "dependencies");
        let names_of_poetry = of_poetry.into_iter().flatten().map(|(name, value)| {
            let extras = strings(self::value(value.get_ref().as_table(), "extras"));
            if extras.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{}[{}]", name.get_ref(), extras.join(","))
            }
        });
        let mut dependencies = strings(value(project, "dependencies"));
        dependencies.extend(names_of_poetry);
        let scripts = [project, poetry].into_iter().filter_map(|of| table(of, "scripts")).flatten();
        let commands = scripts.filter(|(_, call)| call.get_ref().is_str()).map(|(name, _)| name.get_ref().to_string());
        let python = value(of_poetry, "python");
        Ok(Self {
            is_installable: package != Some(false) && (project.is_some() || has_build_system),
            is_package: package.unwrap_or(has_build_system),
            names_dependencies: project.is_some() && !dynamic.iter().any(|name| name == "dependencies"),
            is_of_poetry: of_poetry.is_some_and(|of| of.keys().any(|key| key.get_ref() != "python")),
            is_workspace: value(uv, "workspace").is_some(),
            requires_python: value(project, "requires-python").and_then(text_of),
            // a constraint, or a table with one
            poetry_python: python.and_then(text_of).or_else(|| text_of(value(python?.as_table(), "version")?)),
            name: [project, poetry].into_iter().find_map(|of| text_of(value(of, "name")?)),
            dependencies,
            scripts: commands.collect(),
        })
    }
}

/// The keys of a table in a TOML file.
pub(crate) fn keys_in(text: &str, name: &str) -> Vec<String> {
    let Ok(file) = DeTable::parse(text) else { return Vec::new() };
    let keys = table(Some(file.get_ref()), name).into_iter().flat_map(|table| table.keys());
    keys.map(|key| key.get_ref().to_string()).collect()
}

fn value<'t, 'i>(of: Option<&'t DeTable<'i>>, key: &str) -> Option<&'t DeValue<'i>> {
    Some(of?.get(key)?.get_ref())
}

fn table<'t, 'i>(of: Option<&'t DeTable<'i>>, key: &str) -> Option<&'t DeTable<'i>> {
    value(of, key)?.as_table()
}

fn text_of(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Pyproject, keys_in};

    #[test]
    fn reads_the_relevant_parts() {
        for (text, installable, python) in [
            ("", false, None),
            ("[tool.ruff]\nselect = ['E', 1]\n", false, None),
            ("[build-system]\nrequires = ['setuptools']\n", true, None),
            (
                "[project]\nname = 'x'\nrequires-python = '>=3.9' # c\n[tool.x]\nrequires-python = 1\n",
                true,
                Some(">=3.9"),
            ),
            ("[tool.poetry.dependencies]\npython = '^3.9'\n", false, Some("^3.9")),
            ("[tool.poetry.dependencies]\npython = {version = '^3.9', x = 1}\n", false, Some("^3.9")),
            ("[build-system]\n[tool.poetry]\npackage-mode = false\n", false, None),
            ("project.requires-python = \"\"\"<4\"\"\"", true, Some("<4")),
            ("project = {name = \"x\", \"requires-python\" = \"~=3.11\"}", true, Some("~=3.11")),
        ] {
            let pyproject = Pyproject::parse(text).unwrap();
            let requires = pyproject.requires_python.or(pyproject.poetry_python);
            assert_eq!((pyproject.is_installable, requires.as_deref()), (installable, python), "{text}");
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

    #[test]
    fn required_and_offered_capabilities() {
        let text = "[project]\nname = 'shop'\ndependencies = ['flask>=3']\n[project.scripts]\nshop = 'shop:main'\n\
                    [tool.poetry.dependencies]\npython = '*'\nfastapi = {version = '1', extras = ['all']}\n";
        let pyproject = Pyproject::parse(text).unwrap();
        assert_eq!(pyproject.dependencies, ["flask>=3", "fastapi[all]", "python"]);
        assert_eq!(pyproject.scripts, ["shop"]);
        assert!(pyproject.is_of_poetry);
        assert_eq!(keys_in("[packages]\nflask = '*'\n", "packages"), ["flask"]);
    }
}
