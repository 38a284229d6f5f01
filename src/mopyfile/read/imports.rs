//! Reads the modules to import in the finished image.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::{Rule, Severity};
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::word::ModuleName;
use crate::redact::excerpt;
use crate::source::Spanned;

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
    read: Draft::imports,
};

fn imports_schema() -> Value {
    let identifier = "[A-Za-z_][A-Za-z0-9_]*";
    // `true` is a valid string here
    let module = json!({"type": ["string", "boolean"], "pattern": format!(r"^{identifier}(\.{identifier})*$")});
    json!({"type": ["array", "null"], "items": module, "examples": [["numpy", "PIL.Image"]]})
}

impl Draft {
    fn imports(&mut self, _: &Node, node: &Node) {
        for item in self.list("imports", node, "[numpy, PIL.Image]") {
            let Some(text) = self.text("an entry of `imports`", item, "the name of a module such as `numpy`") else {
                continue;
            };
            if let Some(module) = ModuleName::parse(text) {
                self.mopyfile.imports.push(Spanned::new(module, item.span));
                continue;
            }
            // the name of a distribution, possibly with a version
            let name = text.split(['=', '<', '>', '~', '!', '[', ';', ' ']).next().unwrap_or_default();
            let help = ModuleName::parse(&name.replace('-', "_")).map_or_else(
                || "use the name in the `import` statement: `numpy`, `PIL.Image`".to_owned(),
                |module| format!("use the name in the `import` statement, perhaps `{module}`"),
            );
            self.report(&MODULE_NAME, item.span, format!("`{}` is not a valid module name", excerpt(text)), help);
        }
    }
}
