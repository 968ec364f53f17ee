//! `vitals config`: whether the configuration is right, and what it is.

use crate::arguments::ConfigAction;
use crate::config::Settings;
use crate::exit::Exit;
use crate::render;

/// Settings that were wrong have failed before they get here.
pub(super) fn run(action: ConfigAction, settings: &Settings) -> anyhow::Result<Exit> {
    let text = match action {
        ConfigAction::Print => settings.to_toml(),
        ConfigAction::Check => {
            let file = settings.file.as_ref().map_or("no file".to_owned(), |path| path.display().to_string());
            format!("the configuration is right: {file}, {} keys set in all layers\n", settings.count_set())
        }
    };
    render::print(&text)?;
    Ok(Exit::Fine)
}
