//! Arrays as PostgreSQL writes them in a text: `{plain,"a, b",NULL}`. Only what is meant as an array is read so: the
//! right side of ANY and ALL, what is cast to an array, and a parameter of such a type.

use super::failure::{self, state};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use std::iter::Peekable;
use std::str::Chars;

/// The values in order; `None` is a null.
pub(super) fn elements(text: &str) -> PgWireResult<Vec<Option<String>>> {
    let malformed =
        || failure::error(state::INVALID_TEXT_REPRESENTATION, format!("malformed array literal: \"{text}\""));
    let written = text.trim_matches(is_space);
    if written.starts_with('[') {
        return Err(unsupported("an array with bounds"));
    }
    let body = written.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(malformed)?;
    let (mut rest, mut elements) = (body.chars().peekable(), Vec::new());
    pass_spaces(&mut rest);
    if rest.peek().is_none() {
        return Ok(elements);
    }
    loop {
        pass_spaces(&mut rest);
        let element = match rest.peek() {
            Some('"') => quoted(&mut rest).map(Some),
            Some('{') => return Err(unsupported("an array of arrays")),
            _ => plain(&mut rest),
        };
        elements.push(element.ok_or_else(malformed)?);
        pass_spaces(&mut rest);
        match rest.next() {
            Some(',') => {}
            None => return Ok(elements),
            Some(_) => return Err(malformed()),
        }
    }
}

fn unsupported(what: &str) -> PgWireError {
    failure::error(state::FEATURE_NOT_SUPPORTED, format!("{what} is not supported here; write one list of values"))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

fn pass_spaces(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| is_space(*c)).is_some() {}
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut value = String::new();
    rest.next();
    loop {
        match rest.next()? {
            '"' => return Some(value),
            '\\' => value.push(rest.next()?),
            c => value.push(c),
        }
    }
}

/// Up to the next comma, without the spaces around it. Nothing at all is no element.
fn plain(rest: &mut Peekable<Chars<'_>>) -> Option<Option<String>> {
    let (mut value, mut kept, mut escaped) = (String::new(), 0, false);
    while let Some(c) = rest.next_if(|c| *c != ',') {
        match c {
            '\\' => {
                value.push(rest.next()?);
                (kept, escaped) = (value.len(), true);
            }
            '"' | '{' | '}' => return None,
            c => {
                value.push(c);
                kept = if is_space(c) { kept } else { value.len() };
            }
        }
    }
    value.truncate(kept);
    let is_null = !escaped && value.eq_ignore_ascii_case("null");
    (!value.is_empty()).then(|| (!is_null).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_by_postgresqls_rules() {
        let check = |text: &str, expect: &[Option<&str>]| {
            let found = elements(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), expect, "{text}");
        };
        check("{}", &[]);
        check(" { } ", &[]);
        check("{plain,\"a b  c\"}", &[Some("plain"), Some("a b  c")]);
        check("{ a b , c }", &[Some("a b"), Some("c")]);
        check(
            r#"{"a, b","say \"x\"","back\\slash","{}"}"#,
            &[Some("a, b"), Some("say \"x\""), Some("back\\slash"), Some("{}")],
        );
        check(r#"{NULL,null,"NULL",\null,""}"#, &[None, None, Some("NULL"), Some("null"), Some("")]);
        check(r"{a\,b,c\ ,\{}", &[Some("a,b"), Some("c "), Some("{")]);
        check("{zürich,東京}", &[Some("zürich"), Some("東京")]);
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for text in
            ["", "a", "{", "{a", "a}", "{a,}", "{,a}", "{a,,b}", "{\"a}", "{a\\}", "{a\"b\"}", "{\"a\"b}", "{a}b}"]
        {
            let error = elements(text).expect_err(text).to_string();
            assert!(error.contains("malformed array literal"), "{text}: {error}");
        }
        for text in ["{{a},{b}}", "[0:1]={a,b}"] {
            let error = elements(text).expect_err(text).to_string();
            assert!(error.contains("not supported"), "{text}: {error}");
        }
    }
}
