//! Reads `pyproject.toml` (<https://packaging.python.org/specifications/pyproject-toml/>) and other TOML files.

use toml::de::{DeTable, DeValue, Error};

use crate::mopyfile::wheels::{self, strings};

/// The relevant parts of `pyproject.toml`.
#[derive(Default)]
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
    /// The commands that it installs, each with its entry point.
    pub(crate) scripts: Vec<(String, String)>,
}

impl Pyproject {
    /// Reads the text of the file.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let file = DeTable::parse(text)?;
        let file = file.get_ref();
        let project = table(file, "project");
        let tool = table(file, "tool");
        let [uv, poetry] = ["uv", "poetry"].map(|name| tool.and_then(|tool| table(tool, name)));
        let has_build_system = table(file, "build-system").is_some();
        let package = flag(uv, "package").or(flag(poetry, "package-mode"));
        let dynamic = strings(project.and_then(|project| project.get("dynamic")).map(|value| value.get_ref()));
        let listed = project.and_then(|project| project.get("dependencies")).map(|value| value.get_ref());
        let of_poetry = poetry.and_then(|poetry| table(poetry, "dependencies"));
        let scripts = |of: Option<&DeTable<'_>>| -> Vec<(String, String)> {
            let scripts = of.and_then(|of| table(of, "scripts")).into_iter().flatten();
            scripts
                .filter_map(|(name, call)| Some((name.get_ref().to_string(), call.get_ref().as_str()?.to_owned())))
                .collect()
        };
        let names_of_poetry = of_poetry.into_iter().flatten().map(|(name, value)| {
            let extras =
                strings(value.get_ref().as_table().and_then(|table| table.get("extras")).map(|value| value.get_ref()));
            if extras.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{}[{}]", name.get_ref(), extras.join(","))
            }
        });
        let mut dependencies = strings(listed);
        dependencies.extend(names_of_poetry);
        let mut commands = scripts(project);
        commands.extend(scripts(poetry));
        Ok(Self {
            is_installable: package != Some(false) && (project.is_some() || has_build_system),
            is_package: package.unwrap_or(has_build_system),
            names_dependencies: project.is_some() && !dynamic.iter().any(|name| name == "dependencies"),
            is_of_poetry: poetry.is_some()
                && of_poetry.is_some_and(|of| of.keys().any(|key| key.get_ref() != "python")),
            is_workspace: uv.is_some_and(|uv| uv.get("workspace").is_some()),
            requires_python: text_of(project, "requires-python"),
            poetry_python: of_poetry.and_then(|of| of.get("python")).and_then(|value| version_of(value.get_ref())),
            name: text_of(project, "name").or_else(|| text_of(poetry, "name")),
            dependencies,
            scripts: commands,
        })
    }
}

/// The keys of a table in a TOML file.
pub(crate) fn keys_in(text: &str, name: &str) -> Vec<String> {
    let Ok(file) = DeTable::parse(text) else { return Vec::new() };
    let keys = table(file.get_ref(), name).into_iter().flat_map(|table| table.keys());
    keys.map(|key| key.get_ref().to_string()).collect()
}

/// Poetry accepts a constraint, or a table with one.
fn version_of(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| text_of(value.as_table(), "version"))
}

fn table<'t, 'i>(of: &'t DeTable<'i>, name: &str) -> Option<&'t DeTable<'i>> {
    of.get(name)?.get_ref().as_table()
}

fn text_of(of: Option<&DeTable<'_>>, key: &str) -> Option<String> {
    wheels::string(of?, key)
}

fn flag(of: Option<&DeTable<'_>>, key: &str) -> Option<bool> {
    of?.get(key)?.get_ref().as_bool()
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
        assert_eq!(pyproject.scripts, [("shop".to_owned(), "shop:main".to_owned())]);
        assert!(pyproject.is_of_poetry);
        assert_eq!(keys_in("[packages]\nflask = '*'\n", "packages"), ["flask"]);
    }
}
