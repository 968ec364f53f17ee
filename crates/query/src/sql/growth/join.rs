//! `||` of two texts as a function, so that it has the bounds of one.

use crate::sql::columnwise::columnwise;
use arrow::compute::kernels::concat_elements::concat_elements_dyn;
use datafusion::logical_expr::ScalarUDF;
use std::sync::Arc;

/// Null where one of them is, unlike `concat`.
pub(super) fn join() -> ScalarUDF {
    columnwise::<2>("||", |texts| Ok(Arc::new(concat_elements_dyn(&texts[0], &texts[1])?)))
}
