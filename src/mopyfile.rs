//! draft
pub mod document;
