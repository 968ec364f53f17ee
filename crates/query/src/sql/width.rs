//! How many rows a batch has. A constant becomes as many values as there are rows, outside of the bound of memory: where
//! they are large, fewer rows are computed at once.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use std::mem::size_of;

/// Bytes of the constants of one batch.
const BATCH_BYTES: usize = 64 << 20;

pub(crate) fn bound(state: &mut SessionState, plan: &LogicalPlan) -> Result<()> {
    let rows = rows(state.config().batch_size(), constants(plan)?);
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
