//! Reads the modules to import in the finished image.

use serde_json::{Value, json};

use crate::diagnostic::{Rule, Severity};
use crate::mopyfile::Invalid;
use crate::mopyfile::keys::Key;
use crate::mopyfile::word::ModuleName;
use crate::redact::excerpt;

/// Invalid module name.
pub static MODULE_NAME: Rule = Rule {
    name: "module-name",
    severity: Severity::Error,
    summary: "invalid module name",
    explanation: "An entry of `imports` is the name you use in an `import` statement, such as `numpy` or `PIL.Image`. It \
         often differs from the name of the package: `opencv-python` is imported as `cv2`, and `pillow` as `PIL`.",
};

pub(in crate::mopyfile) static IMPORTS_KEY: Key = Key {
    name: "imports",
    about: "Modules to import in the finished image at the end of the build.",
    schema: imports_schema,
    read: |draft, _, node| {
        let entry = "the name of a module such as `numpy`";
        draft.mopyfile.imports = draft.entries("imports", node, "[numpy, PIL.Image]", entry, module);
    },
};

fn imports_schema() -> Value {
    let identifier = "[A-Za-z_][A-Za-z0-9_]*";
    // `true` is a valid string here
    let module = json!({"type": ["string", "boolean"], "pattern": format!(r"^{identifier}(\.{identifier})*$")});
    json!({"type": ["array", "null"], "items": module, "examples": [["numpy", "PIL.Image"]]})
}

fn module(text: &str) -> Result<ModuleName, Invalid> {
    ModuleName::parse(text).ok_or_else(|| {
        // the name of a distribution, possibly with a version
        let name = text.split(['=', '<', '>', '~', '!', '[', ';', ' ']).next().unwrap_or_default();
        let help = ModuleName::parse(&name.replace('-', "_")).map_or_else(
            || "use the name in the `import` statement: `numpy`, `PIL.Image`".to_owned(),
            |module| format!("use the name in the `import` statement, perhaps `{}`", module.as_str()),
        );
        Invalid::new(&MODULE_NAME, format!("`{}` is not a valid module name", excerpt(text)), help)
    })
}
