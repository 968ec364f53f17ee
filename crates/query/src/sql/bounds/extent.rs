//! What a few words of a statement come to: columns are each planned, and of a cube each set of its columns is grouped by
//! itself. And words that the engine takes for something else than they mean.

use crate::sql::error::Error;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;

/// Words, numbers and signs, blanks aside: an IN of some 50,000 names, which takes a second to plan.
const TOKENS_MAX: usize = 100_000;
/// Columns of a select list, as in PostgreSQL.
const COLUMNS_MAX: usize = 1_664;
/// Sets of columns that one statement may group by; each batch of rows is grouped by all of them at once.
const GROUPINGS_MAX: u64 = 1_024;

pub(super) fn check(tokens: &[Token]) -> Result<(), Error> {
    let tokens: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    if tokens.len() > TOKENS_MAX {
        return refused(format!("the statement comes to a plan of more than {TOKENS_MAX} words, numbers and signs"));
    }
    if columns(&tokens) > COLUMNS_MAX {
        return refused(format!("the statement comes to a plan of more than {COLUMNS_MAX} columns; ask for fewer"));
    }
    if groupings(&tokens) > GROUPINGS_MAX {
        return refused(format!(
            "the statement comes to a plan of more than {GROUPINGS_MAX} sets of columns; give CUBE, ROLLUP and GROUPING SETS fewer"
        ));
    }
    for (index, token) in tokens.iter().enumerate() {
        match keyword(token) {
            Some(Keyword::SIMILAR) if tokens.get(index + 1).is_some_and(|next| keyword(next) == Some(Keyword::TO)) => {
                return refused("SIMILAR TO is not known here; use LIKE, or ~ with a regular expression".to_owned());
            }
            Some(Keyword::TABLESAMPLE) => {
                return refused("TABLESAMPLE is not known here; a condition on time reads less".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

fn refused<T>(told: String) -> Result<T, Error> {
    Err(Error::Statement(told))
}

/// A word in quotes is a name, and no keyword.
fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}

/// Columns of the longest select list, or list of values.
fn columns(tokens: &[&Token]) -> usize {
    // per parenthesis that stands open, the items so far of the list in it, and whether they are counted
    let (mut levels, mut longest) = (vec![(1, false)], 0);
    for (index, token) in tokens.iter().enumerate() {
        let is_row = || index > 0 && matches!(keyword(tokens[index - 1]), Some(Keyword::VALUES));
        match token {
            Token::LParen | Token::LBracket => levels.push((1, is_row())),
            Token::RParen | Token::RBracket if levels.len() > 1 => drop(levels.pop()),
            token => {
                let Some((items, is_counted)) = levels.last_mut() else { continue };
                match (*token, keyword(token)) {
                    (_, Some(Keyword::SELECT)) => (*items, *is_counted) = (1, true),
                    (_, Some(Keyword::FROM | Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT)) => {
                        *is_counted = false;
                    }
                    (Token::Comma, _) if *is_counted => *items += 1,
                    _ => {}
                }
                if *is_counted {
                    longest = longest.max(*items);
                }
            }
        }
    }
    longest
}

/// Sets of columns that are grouped by: those of a clause multiply each other.
fn groupings(tokens: &[&Token]) -> u64 {
    let (mut all, mut clause) = (0_u64, 0_u64);
    for (index, token) in tokens.iter().enumerate() {
        let sets = match keyword(token) {
            Some(Keyword::GROUP) => {
                (all, clause) = (all.saturating_add(clause), 1);
                continue;
            }
            Some(Keyword::CUBE) => 1_u64.checked_shl(items(&tokens[index + 1..])).unwrap_or(u64::MAX),
            Some(Keyword::ROLLUP) => u64::from(items(&tokens[index + 1..])) + 1,
            Some(Keyword::SETS) => u64::from(items(&tokens[index + 1..])),
            _ => continue,
        };
        clause = clause.saturating_mul(sets.max(1));
    }
    all.saturating_add(clause)
}

/// Items of the list in parentheses that follows; without one there are none.
fn items(tokens: &[&Token]) -> u32 {
    if !matches!(tokens.first(), Some(Token::LParen)) {
        return 0;
    }
    let (mut depth, mut items) = (0, 1);
    for token in tokens {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Comma if depth == 1 => items += 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::super::check_text;

    fn check(text: &str, expect: &str) {
        let told = check_text(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains(expect) && told.is_empty() == expect.is_empty(), "{}…: {told}", &text[..60]);
    }

    #[test]
    fn what_a_statement_comes_to_is_bounded() {
        let many = |count: usize, item: &str| vec![item; count].join(", ");
        check(&format!("SELECT {} FROM minute GROUP BY time, service", many(1_664, "max(cpu_max)")), "");
        check(&format!("SELECT {} FROM minute GROUP BY time, service", many(1_665, "cpu")), "1664 columns");
        check(&format!("SELECT * FROM (SELECT {} FROM minute) AS wide", many(1_665, "cpu")), "1664 columns");
        check(&format!("SELECT count(*) FROM minute GROUP BY CUBE({})", many(10, "cpu_max")), "");
        check(&format!("SELECT count(*) FROM minute GROUP BY CUBE({})", many(22, "f(cpu, 1)")), "sets of columns");
        check(&format!("SELECT count(*) FROM minute GROUP BY {}", many(8, "CUBE(a, b)")), "sets of columns");
        check(&format!("SELECT count(*) FROM minute GROUP BY CUBE({})", many(300, "cpu")), "sets of columns");
        check(&format!("SELECT count(*) FROM minute GROUP BY {}", many(9, "ROLLUP(a, b)")), "sets of columns");
        check(&format!("SELECT 1 WHERE 1 IN ({}) AND service <> 'a longer text'", many(100_000, "1")), "100000 words");
        check(&format!("SELECT '{}' AS text, 'of one word and more than a MiB'", "x".repeat(1 << 20)), "bytes; it may");
    }

    #[test]
    fn what_would_be_taken_for_something_else_is_refused() {
        check("SELECT service FROM services WHERE service SIMILAR TO 'cart|checkout'", "SIMILAR TO is not known");
        check("SELECT count(*) FROM messages AS every_message TABLESAMPLE SYSTEM (1)", "TABLESAMPLE is not known");
        check("SELECT 'SIMILAR TO' AS text, 'TABLESAMPLE' AS \"tablesample\" FROM minute", "");
    }
}
