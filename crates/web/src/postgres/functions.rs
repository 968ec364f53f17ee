//! Functions that clients of PostgreSQL call and the engine has not.

use super::settings::Settings;
use datafusion::arrow::array::{Array, AsArray, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;
use std::sync::Arc;

/// What `version()` says. Programs look for the word in front and the number behind it.
fn version() -> String {
    format!("PostgreSQL 16.6 (Vitals {})", env!("CARGO_PKG_VERSION"))
}

/// Those that are the same for everybody.
pub(super) fn register(context: &SessionContext) {
    constant(context, "version", Some(version()), &[0]);
    // no table, column or function has a comment of its own
    for (name, arguments) in [
        ("obj_description", &[1, 2][..]),
        ("col_description", &[2]),
        ("shobj_description", &[2]),
        ("pg_get_indexdef", &[1, 3]),
    ] {
        constant(context, name, None, arguments);
    }
}

/// Those that tell of the session.
pub(super) fn register_session(context: &SessionContext, user: &str, settings: &Settings) {
    constant(context, "session_user", Some(user.to_owned()), &[0]);
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

fn constant(context: &SessionContext, name: &'static str, value: Option<String>, arguments: &[usize]) {
    let counts = arguments.iter().map(|count| match count {
        0 => TypeSignature::Nullary,
        count => TypeSignature::Any(*count),
    });
    let signature = Signature::one_of(counts.collect(), Volatility::Stable);
    context.register_udf(ScalarUDF::from(Constant { name, value, signature }));
}

/// A text, whatever it is asked about.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Constant {
    name: &'static str,
    value: Option<String>,
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
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8(self.value.clone())))
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
        let value = |name: Option<&str>| match name.map(|name| self.settings.get(name)) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) if lenient => Ok(None),
            Some(Err(_)) => Err(DataFusionError::Execution(format!(
                "unrecognized configuration parameter \"{}\"",
                name.unwrap_or_default()
            ))),
        };
        let names = names.as_string::<i32>();
        let values: Vec<Option<String>> = (0..names.len())
            .map(|row| value((!names.is_null(row)).then(|| names.value(row))))
            .collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(Arc::new(StringArray::from(values))))
    }
}
