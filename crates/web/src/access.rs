//! Who may ask what. Without tokens the front answers this machine alone, and there the one stranger is a web page in
//! somebody's browser; with tokens every request shows one.

use crate::error::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// What a request is for. Whoever may operate may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Operate,
}

/// A secret as its digest: equally long ones compare in constant time, and a digest in a log betrays nothing.
struct Token([u8; 32]);

impl Token {
    fn of(text: &str) -> Token {
        Token(Sha256::digest(text).into())
    }

    fn is(&self, shown: &Token) -> bool {
        self.0.ct_eq(&shown.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The tokens of a front.
#[derive(Debug, Default)]
pub struct Access {
    read: Option<Token>,
    operate: Option<Token>,
}

impl Access {
    /// With neither token everybody who reaches the front may ask everything, but for web pages of elsewhere.
    pub fn new(read: Option<&str>, operate: Option<&str>) -> Access {
        Access { read: read.map(Token::of), operate: operate.map(Token::of) }
    }

    fn admit(&self, right: Right, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        if self.read.is_none() && self.operate.is_none() {
            return if is_of_this_machine(uri, headers) { Ok(()) } else { Err(foreign_page()) };
        }
        let Some(shown) = shown(headers) else {
            return Err(Problem::unauthorized("a token is wanted: Authorization: Bearer …, vitals has --token-file"));
        };
        let has = |token: &Option<Token>| token.as_ref().is_some_and(|token| token.is(&shown));
        match (has(&self.operate), has(&self.read), right) {
            (true, ..) | (_, true, Right::Read) => Ok(()),
            (_, true, Right::Operate) => Err(Problem::forbidden(
                "this token may only read; what changes something or computes for long wants the operate token",
            )),
            _ => Err(Problem::unauthorized("nobody has this token; see tokens.read_file and tokens.operate_file")),
        }
    }
}

fn shown(headers: &HeaderMap) -> Option<Token> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Token::of(token.trim()))
}

fn foreign_page() -> Problem {
    Problem::forbidden(
        "web pages of elsewhere may not ask here: Host must be localhost or a loopback address, and Origin the same; \
         set tokens to ask under another name",
    )
}

/// Whether a request was meant for this machine. A browser lets any page send requests to loopback addresses; its
/// `Origin` and `Sec-Fetch-Site` give it away, and its `Host` where the page's own name was made to resolve to here.
fn is_of_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = uri.authority().map(|authority| authority.as_str()).or_else(|| text("host"));
    let same_origin = match (text("origin"), host) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.strip_prefix("http://") == Some(host),
        (Some(_), None) => false,
    };
    let same_site = text("sec-fetch-site").is_none_or(|site| ["same-origin", "none"].contains(&site));
    same_origin && same_site && host.is_none_or(is_loopback)
}

/// `127.0.0.1:3501`, `[::1]`, `localhost:3501`.
fn is_loopback(host: &str) -> bool {
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    let address = bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')).unwrap_or(bare);
    bare.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(is_this_machine)
}

/// Whether an address is reached from this machine alone.
fn is_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The door of routes that need a right.
pub(crate) async fn admit(
    State((access, right)): State<(Arc<Access>, Right)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    access.admit(right, request.uri(), request.headers())?;
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests;
