//! How many rows a batch has. A constant becomes as many values as there are rows, and a value of one side of a join as
//! many as it meets, outside of the bound of memory: where they are large, fewer rows are computed at once.

use crate::sql::growth::{Growth, VALUE_BYTES_MAX};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use std::mem::size_of;

/// Bytes of the constants of one batch.
const BATCH_BYTES: usize = 64 << 20;
/// Bytes of a constant that a window function is given.
const WINDOW_BYTES_MAX: usize = 1 << 10;

pub(crate) fn bound(state: &mut SessionState, plan: &LogicalPlan) -> Result<()> {
    let rows = rows(state.config().batch_size(), constants(plan)? + joined(plan)?);
    let config = state.config_mut();
    *config = config.clone().with_batch_size(rows);
    Ok(())
}

/// Of batches of so many rows, where each row holds so many bytes of constants.
fn rows(usual: usize, width: usize) -> usize {
    usual.min(BATCH_BYTES / width.max(1)).max(1)
}

/// Bytes of the constants that a row of the plan may hold.
fn constants(plan: &LogicalPlan) -> Result<usize> {
    let mut width = 0;
    plan.apply_with_subqueries(|node| {
        // what rows are only compared with stays one value
        if !matches!(node, LogicalPlan::Filter(_) | LogicalPlan::TableScan(_) | LogicalPlan::Values(_)) {
            node.apply_expressions(|expression| {
                expression.apply(|part| {
                    Ok(match part {
                        Expr::InList(_) => TreeNodeRecursion::Jump,
                        Expr::Literal(value, _) => {
                            check_window(node, value)?;
                            width += bytes(value);
                            TreeNodeRecursion::Continue
                        }
                        _ => TreeNodeRecursion::Continue,
                    })
                })
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(width)
}

/// A window makes one batch of all its rows.
fn check_window(node: &LogicalPlan, value: &ScalarValue) -> Result<()> {
    if matches!(node, LogicalPlan::Window(_)) && bytes(value) > WINDOW_BYTES_MAX {
        return plan_err!("a function with OVER takes constants of at most {WINDOW_BYTES_MAX} bytes");
    }
    Ok(())
}

/// Bytes of the largest value that a row may have taken over from a row of another table.
fn joined(plan: &LogicalPlan) -> Result<usize> {
    let (mut joins, mut steep) = (false, false);
    plan.apply_with_subqueries(|node| {
        joins |= matches!(node, LogicalPlan::Join(_));
        node.apply_expressions(|expression| {
            steep |= expression.exists(|part| {
                let Expr::ScalarFunction(function) = part else { return Ok(false) };
                Ok(Growth::of(function.name()).is_some_and(Growth::is_steep))
            })?;
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(if joins && steep { VALUE_BYTES_MAX as usize } else { 0 })
}

fn bytes(value: &ScalarValue) -> usize {
    8 + value.size().saturating_sub(size_of::<ScalarValue>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_large_constants_come_in_small_batches() {
        assert_eq!(rows(8192, 1000), 8192);
        assert_eq!(rows(8192, 1 << 20), 64);
        assert_eq!(rows(8192, 1 << 30), 1);
    }
}
