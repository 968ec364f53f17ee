//! Functions that clients of PostgreSQL call and the engine has not.

use super::engine::ROLE;
use super::settings::{Settings, view};
use datafusion::arrow::array::{Array, AsArray, StringArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;
use std::sync::Arc;

/// What `version()` says. Programs look for the word in front and the number behind it.
fn version() -> String {
    format!("PostgreSQL {} (Vitals {})", super::settings::VERSION, env!("CARGO_PKG_VERSION"))
}

/// Everything can be seen, and read.
const TRUE: [&str; 17] = [
    "has_column_privilege",
    "has_function_privilege",
    "has_sequence_privilege",
    "has_type_privilege",
    "pg_collation_is_visible",
    "pg_conversion_is_visible",
    "pg_function_is_visible",
    "pg_has_role",
    "pg_opclass_is_visible",
    "pg_operator_is_visible",
    "pg_opfamily_is_visible",
    "pg_statistics_obj_is_visible",
    "pg_ts_config_is_visible",
    "pg_ts_dict_is_visible",
    "pg_ts_parser_is_visible",
    "pg_ts_template_is_visible",
    "pg_type_is_visible",
];

/// Nothing has a comment, an index, a trigger or a place of its own, and sizes are told by `vitals status`.
const NULL: [&str; 16] = [
    "col_description",
    "inet_client_addr",
    "inet_server_addr",
    "obj_description",
    "pg_advisory_unlock_all",
    "pg_get_function_arguments",
    "pg_get_function_identity_arguments",
    "pg_get_function_result",
    "pg_get_function_sqlbody",
    "pg_get_indexdef",
    "pg_get_partition_constraintdef",
    "pg_get_ruledef",
    "pg_get_serial_sequence",
    "pg_get_triggerdef",
    "pg_get_viewdef",
    "shobj_description",
];

/// Those that are the same for everybody.
pub(super) fn register(context: &SessionContext) {
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    for name in TRUE {
        constant(context, name, ScalarValue::Boolean(Some(true)));
    }
    for name in NULL {
        constant(context, name, ScalarValue::Utf8(None));
    }
    for name in ["pg_table_size", "pg_database_size", "pg_indexes_size"] {
        constant(context, name, ScalarValue::Int64(None));
    }
    // no type is known by its name: those that drivers ask for so come with extensions
    constant(context, "to_regtype", ScalarValue::Int32(None));
    constant(context, "version", text(&version()));
    constant(context, "pg_get_userbyid", text(ROLE));
    constant(context, "pg_tablespace_location", text(""));
    constant(context, "getdatabaseencoding", text("UTF8"));
    constant(context, "pg_char_to_encoding", ScalarValue::Int32(Some(6)));
    constant(context, "pg_is_in_recovery", ScalarValue::Boolean(Some(false)));
    constant(context, "pg_my_temp_schema", ScalarValue::Int32(Some(0)));
    context.register_udf(ScalarUDF::from(SizePretty(Signature::exact(vec![DataType::Int64], Volatility::Immutable))));
}

/// Those that tools call when they ask the catalog, of what is null in it; everybody else is told that there is none.
pub(super) fn register_for_catalog(context: &SessionContext) {
    constant(context, "json_build_object", ScalarValue::Utf8(None));
}

/// Those that tell of the session.
pub(super) fn register_session(context: &SessionContext, user: &str, settings: &Settings) {
    constant(context, "session_user", ScalarValue::Utf8(Some(user.to_owned())));
    context.register_udtf(view::FUNCTION, Arc::new(view::View(settings.clone())));
    context.register_udf(ScalarUDF::from(CurrentSetting {
        settings: settings.clone(),
        signature: Signature::one_of(
            vec![
                TypeSignature::Exact(vec![DataType::Utf8]),
                TypeSignature::Exact(vec![DataType::Utf8, DataType::Boolean]),
            ],
            Volatility::Stable,
        ),
    }));
}

fn constant(context: &SessionContext, name: &'static str, value: ScalarValue) {
    let signature = Signature::one_of(vec![TypeSignature::Nullary, TypeSignature::VariadicAny], Volatility::Stable);
    context.register_udf(ScalarUDF::from(Constant { name, value, signature }));
}

/// One value, whatever it is asked about.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Constant {
    name: &'static str,
    value: ScalarValue,
    signature: Signature,
}

impl ScalarUDFImpl for Constant {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.value.data_type())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}

/// `current_setting(name)`, and with `true` behind it a null for a name that nobody knows.
#[derive(Debug, PartialEq, Eq, Hash)]
struct CurrentSetting {
    settings: Settings,
    signature: Signature,
}

impl ScalarUDFImpl for CurrentSetting {
    fn name(&self) -> &str {
        "current_setting"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let lenient = matches!(args.args.get(1), Some(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))));
        let names = args.args[0].to_array(args.number_rows)?;
        let names = names.as_string::<i32>();
        let value = |name: &str| match self.settings.get(name) {
            Ok(value) => Ok(Some(value)),
            Err(_) if lenient => Ok(None),
            Err(_) => Err(DataFusionError::Execution(format!("unrecognized configuration parameter \"{name}\""))),
        };
        let rows = (0..names.len()).map(|row| if names.is_null(row) { Ok(None) } else { value(names.value(row)) });
        Ok(ColumnarValue::Array(Arc::new(StringArray::from(rows.collect::<Result<Vec<_>>>()?))))
    }
}

/// `pg_size_pretty(bytes)`: in the unit in which it has at most five digits, rounded as PostgreSQL does.
#[derive(Debug, PartialEq, Eq, Hash)]
struct SizePretty(Signature);

impl ScalarUDFImpl for SizePretty {
    fn name(&self) -> &str {
        "pg_size_pretty"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let sizes = args.args[0].to_array(args.number_rows)?;
        let texts = sizes.as_primitive::<Int64Type>().iter().map(|size| size.map(pretty));
        Ok(ColumnarValue::Array(Arc::new(texts.collect::<StringArray>())))
    }
}

fn pretty(bytes: i64) -> String {
    const UNITS: [&str; 6] = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    const MOST: u64 = 10 << 10;
    let sign = if bytes < 0 { "-" } else { "" };
    // beyond bytes in halves of the unit, so that the last step rounds
    let (mut size, mut unit) = (bytes.unsigned_abs(), 0);
    if size < MOST {
        return format!("{bytes} {}", UNITS[unit]);
    }
    size >>= 9;
    unit += 1;
    while size >= 2 * MOST - 1 && unit + 1 < UNITS.len() {
        size >>= 10;
        unit += 1;
    }
    format!("{sign}{} {}", size.div_ceil(2), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_postgresql_writes_them() {
        for (bytes, expect) in [
            (0, "0 bytes"),
            (10_239, "10239 bytes"),
            (10_240, "10 kB"),
            (-12_345, "-12 kB"),
            (1_000_000, "977 kB"),
            (10_485_247, "10239 kB"),
            (10_485_248, "10 MB"),
            (1_000_000_000, "954 MB"),
            (i64::MAX, "8192 PB"),
        ] {
            assert_eq!(pretty(bytes), expect, "{bytes}");
        }
    }
}
