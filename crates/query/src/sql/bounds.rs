//! How deep and how large a statement may be. Parser, planner and optimizer go down an expression by calling themselves:
//! without a bound a thousand terms would overflow a thread's stack, and with it end the process that collects. And what
//! is named once and used twice at each of thirty levels is a plan of a billion nodes.

mod extent;

use crate::sql::error::Error;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// Bytes of a text.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// How deep an expression may be nested, as far as its words tell.
pub const DEPTH_MAX: usize = 500;
/// Tables and queries that a statement with a WITH may name: each name of it stands for all of its query again, so that
/// a few dozen that use each other twice would come to billions.
const NAMED_MAX: usize = 30;
/// What a join counts for: planning takes time with the square of their number, and cannot be interrupted.
const JOIN_DEPTH: usize = 10;
/// Nodes of a plan.
pub const NODES_MAX: usize = 5_000;
/// The stack of a thread that plans statements; what is not used of it is no memory.
pub const STACK_BYTES: usize = 64 << 20;

/// Refuses a text that nests too deep or comes to too much, before it is parsed. What is no text of SQL passes: the parser
/// says why.
pub fn check_text(text: &str) -> Result<(), Error> {
    if text.len() > TEXT_BYTES_MAX {
        let told = format!("the statement has {} bytes; it may have {TEXT_BYTES_MAX}", text.len());
        return Err(Error::Statement(told));
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize().unwrap_or_default();
    let is = |keyword: Keyword| {
        tokens.iter().filter(move |token| matches!(token, Token::Word(word) if word.keyword == keyword))
    };
    if is(Keyword::WITH).next().is_some()
        && is(Keyword::FROM).count() + is(Keyword::JOIN).count() + commas_of_from(&tokens) > NAMED_MAX
    {
        let told =
            format!("the statement nests more than it may: with a WITH it may read from at most {NAMED_MAX} tables");
        return Err(Error::Statement(told));
    }
    extent::check(&tokens)?;
    match depth(&tokens) {
        depth if depth <= DEPTH_MAX => Ok(()),
        _ => Err(Error::Statement(format!(
            "the statement nests more than {DEPTH_MAX} deep; write long chains of OR as IN (…) or = ANY(…)"
        ))),
    }
}

/// Refuses a plan that is larger than it may be, or would do anything but read.
pub fn check_plan(plan: &LogicalPlan) -> Result<(), Error> {
    let mut nodes = 0;
    plan.apply_with_subqueries(|_| {
        nodes += 1;
        Ok(if nodes > NODES_MAX { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if nodes > NODES_MAX {
        let told = format!("the statement comes to a plan of more than {NODES_MAX} steps; ask in several statements");
        return Err(Error::Statement(told));
    }
    Ok(super::read_only().verify_plan(plan)?)
}

/// Commas between tables.
fn commas_of_from(tokens: &[Token]) -> usize {
    let (mut levels, mut commas) = (vec![Level::default()], 0);
    for token in tokens {
        let top = levels.len() - 1;
        match token {
            Token::LParen => levels.push(Level::default()),
            Token::RParen if top > 0 => drop(levels.pop()),
            Token::Comma if levels[top].in_from => commas += 1,
            Token::Word(word) => levels[top].take(word.keyword),
            _ => {}
        }
    }
    commas
}

/// What stands open between two parentheses.
#[derive(Default)]
struct Level {
    /// Operators of the item at hand: each may be the root of those before it.
    chain: usize,
    /// Tables and queries of the clause, which nest whatever stands between them.
    joined: usize,
    in_from: bool,
}

fn depth(tokens: &[Token]) -> usize {
    let (mut levels, mut deepest) = (vec![Level::default()], 0);
    for token in tokens {
        let top = levels.len() - 1;
        let level = &mut levels[top];
        match token {
            Token::LParen | Token::LBracket => {
                level.chain += 1;
                levels.push(Level::default());
            }
            Token::RParen | Token::RBracket if top > 0 => drop(levels.pop()),
            Token::Comma if level.in_from => level.joined += JOIN_DEPTH,
            Token::Comma => level.chain = 0,
            Token::SemiColon => levels = vec![Level::default()],
            Token::Word(word) => level.take(word.keyword),
            Token::Whitespace(_)
            | Token::Period
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Placeholder(_)
            | Token::EOF => {}
            _ => level.chain += 1,
        }
        deepest = deepest.max(levels.iter().map(|level| level.chain + level.joined).sum());
    }
    deepest
}

impl Level {
    fn take(&mut self, keyword: Keyword) {
        match keyword {
            Keyword::FROM => self.in_from = true,
            Keyword::WHERE | Keyword::GROUP | Keyword::ORDER | Keyword::LIMIT | Keyword::HAVING => self.in_from = false,
            Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT => {
                self.joined += 1;
                self.in_from = false;
            }
            Keyword::JOIN => self.joined += JOIN_DEPTH,
            Keyword::AND
            | Keyword::OR
            | Keyword::NOT
            | Keyword::IS
            | Keyword::IN
            | Keyword::LIKE
            | Keyword::ILIKE
            | Keyword::SIMILAR
            | Keyword::BETWEEN
            | Keyword::CASE
            | Keyword::AT
            | Keyword::COLLATE
            | Keyword::OPERATOR
            | Keyword::INTERVAL
            | Keyword::EXPLAIN
            | Keyword::SELECT => self.chain += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: bool) {
        assert_eq!(check_text(text).is_ok(), expect, "{}…", &text[..text.len().min(80)]);
    }

    #[test]
    fn chains_are_bounded_and_lists_are_not() {
        let list = (0..20_000).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
        check(&format!("SELECT 1 WHERE 1 IN ({list})"), true);
        check(&format!("SELECT {}", vec!["a + b"; 500].join(", ")), true);
        check(&format!("SELECT 1 WHERE {}", vec!["a = 1"; 200].join(" OR ")), true);
        for deep in [
            format!("SELECT 1{}", " + 1".repeat(1000)),
            format!("SELECT {}1", "- ".repeat(1000)),
            format!("SELECT {}true", "NOT ".repeat(1000)),
            format!("SELECT 1{}", "::int".repeat(1000)),
            format!("SELECT a{}", "[1]".repeat(1000)),
            format!("SELECT a{}", " IS NULL".repeat(1000)),
            format!("SELECT 1 WHERE {}", vec!["a = 1"; 1000].join(" OR ")),
            vec!["SELECT 1, 2"; 1000].join(" UNION ALL "),
            format!("SELECT * FROM {}", vec!["minute"; 1000].join(", ")),
            format!("SELECT * FROM minute{}", " JOIN hour ON true".repeat(1000)),
            format!("SELECT {}1{}", "(".repeat(1000), ")".repeat(1000)),
        ] {
            check(&deep, false);
        }
    }
}
