//! An address to listen at, or none: how a door that may be closed is written as a setting.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// Where to listen, or that there is no listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(Option<SocketAddr>);

impl Listen {
    pub(crate) const fn at(address: SocketAddr) -> Listen {
        Listen(Some(address))
    }

    pub(crate) const fn get(self) -> Option<SocketAddr> {
        self.0
    }
}

/// A text that is neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address; write an address and a port such as 127.0.0.1:5433, or off")]
pub(crate) struct ListenError(String);

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Listen, ListenError> {
        match text {
            "off" => Ok(Listen(None)),
            text => text.parse().map(Listen::at).map_err(|_| ListenError(text.to_owned())),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, "{address}"),
            None => f.write_str("off"),
        }
    }
}
