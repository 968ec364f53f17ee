//! How much a function will make of its arguments, before it does.

use super::VALUE_BYTES_MAX;
use super::size::bytes;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

const DAY: i128 = 86_400_000_000;
/// Bytes that may be expected of a row where no more is known than what it is at most.
const AT_MOST_BYTES_MAX: u64 = 64 << 20;
/// Steps of functions that compare all of one argument with all of another: of one row, and of one batch.
const STEPS_OF_ROW_MAX: u64 = 16 << 20;
const STEPS_OF_BATCH_MAX: u64 = 128 << 20;

/// In what way a function makes more of its arguments than they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Growth {
    /// All of them together.
    Sum,
    /// One value as it is.
    Gathered,
    /// All of them, with the first between each two.
    Separated,
    /// The first so many times as the second says, one behind the other or as elements.
    Repeat,
    Elements,
    /// So many letters, or elements, as the second says, each as large as the third.
    Fill,
    /// The numbers or times from the first to the second, a third apart.
    Range,
    /// The first with the third in so many places as the second has room.
    Replace,
    /// The first with the last at each of its letters or elements, which may stand for the first again.
    Each,
    /// A time written as the second says.
    Written,
    /// A number, found by comparing each letter of one with each of the other.
    Compared,
}

impl Growth {
    /// What stands for a value that was gathered of many rows.
    pub(super) const GATHERED: &str = "gathered";

    /// Whether a little may become the largest value there may be.
    pub(crate) fn is_steep(self) -> bool {
        !matches!(self, Growth::Sum | Growth::Separated | Growth::Written | Growth::Compared)
    }

    pub(crate) fn of(function: &str) -> Option<Growth> {
        Some(match function {
            "concat" | "||" | "make_array" | "array_concat" | "array_append" | "array_prepend" | "array_union"
            | "arrays_zip" | "overlay" | "encode" | "named_struct" | "struct" | "map" | "string_to_array" => {
                Growth::Sum
            }
            Growth::GATHERED => Growth::Gathered,
            "concat_ws" => Growth::Separated,
            "repeat" => Growth::Repeat,
            "array_repeat" => Growth::Elements,
            "lpad" | "rpad" | "array_resize" => Growth::Fill,
            "range" | "generate_series" => Growth::Range,
            "replace" => Growth::Replace,
            "regexp_replace" | "regexp_match" | "array_to_string" | "array_replace" | "array_replace_n"
            | "array_replace_all" => Growth::Each,
            "to_char" => Growth::Written,
            "levenshtein" => Growth::Compared,
            _ => return None,
        })
    }

    pub(super) fn estimate(self, arguments: &[ColumnarValue]) -> Result<Estimate> {
        let columns = arguments.iter().map(|argument| match argument {
            ColumnarValue::Array(array) => Ok((array.clone(), false)),
            ColumnarValue::Scalar(value) => Ok((value.to_array()?, true)),
        });
        let columns: Vec<(ArrayRef, bool)> = columns.collect::<Result<_>>()?;
        let numbers = match self {
            Growth::Repeat | Growth::Elements | Growth::Fill => {
                columns.iter().skip(1).take(1).map(|(array, _)| Ok(cast(array, &DataType::Int64)?)).collect()
            }
            Growth::Range => columns.iter().map(|(array, _)| number(array)).collect(),
            _ => Ok(Vec::new()),
        };
        Ok(Estimate { growth: self, columns, numbers: numbers? })
    }
}

/// Numbers and times as numbers, spans as microseconds that they have at least.
fn number(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Interval(_) => cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            cast(&cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?, &DataType::Int64)?
        }
        _ => cast(array, &DataType::Int64)?,
    })
}

pub(super) struct Estimate {
    growth: Growth,
    /// Each with whether it is one value for all rows.
    columns: Vec<(ArrayRef, bool)>,
    numbers: Vec<ArrayRef>,
}

/// What is expected of one row.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) bytes: u64,
    pub(super) steps: u64,
    most: u64,
}

impl Expected {
    pub(super) fn check(&self, function: &str) -> Result<()> {
        if self.bytes > self.most {
            return exec_err!("{function} would make a value of {} bytes; it may have 1 MiB", self.bytes);
        }
        if self.steps > STEPS_OF_ROW_MAX {
            return exec_err!("{function} would take too long; ask it of shorter texts");
        }
        Ok(())
    }
}

pub(super) fn check_steps(steps: u64, function: &str) -> Result<()> {
    if steps > STEPS_OF_BATCH_MAX {
        return exec_err!("{function} would take too long; ask it of shorter texts, or of fewer rows");
    }
    Ok(())
}

impl Estimate {
    pub(super) fn of_row(&self, row: usize) -> Result<Expected> {
        let size = |index: usize| self.size(index, row);
        let all = || (0..self.columns.len()).map(size).fold(0, u64::saturating_add);
        let exact = |bytes: u64| Expected { bytes, steps: 0, most: VALUE_BYTES_MAX + 64 };
        let at_most = |bytes: u64| Expected { bytes, steps: 0, most: AT_MOST_BYTES_MAX };
        Ok(match self.growth {
            Growth::Sum | Growth::Gathered => exact(all()),
            Growth::Separated => exact(size(0).saturating_mul(self.columns.len() as u64).saturating_add(all())),
            // an empty text is none however often it stands there
            Growth::Repeat => exact(size(0).saturating_sub(1).saturating_mul(self.count(0, row))),
            Growth::Elements => exact(size(0).saturating_mul(self.count(0, row))),
            Growth::Fill => exact(size(0).saturating_add(self.count(0, row).saturating_mul(self.size_of_one(row)))),
            Growth::Range => exact(self.length(row).saturating_mul(8)),
            Growth::Replace => at_most(size(0).saturating_add((size(0) / size(1).max(1) + 1).saturating_mul(size(2)))),
            Growth::Each => {
                let last = self.columns.len().min(3).saturating_sub(1);
                at_most((size(0) + 1).saturating_mul(size(1).max(size(last)) + 1).saturating_mul(2))
            }
            Growth::Written => exact(size(1).saturating_mul(32)),
            Growth::Compared => Expected { bytes: 8, steps: size(0).saturating_mul(size(1)), most: VALUE_BYTES_MAX },
        })
    }

    /// Bytes of an argument's value; none of one that is not given.
    fn size(&self, index: usize, row: usize) -> u64 {
        let Some((array, is_one)) = self.columns.get(index) else { return 0 };
        bytes(&*array.slice(if *is_one { 0 } else { row }, 1))
    }

    /// Of what is filled up with: letters have at most four bytes, elements as many as they have.
    fn size_of_one(&self, row: usize) -> u64 {
        match self.columns.first().is_some_and(|(array, _)| array.data_type().is_list()) {
            true => self.size(2, row).max(8),
            false => 4,
        }
    }

    fn at(&self, index: usize, row: usize) -> Option<i64> {
        let array = self.numbers.get(index)?.as_primitive_opt::<Int64Type>()?;
        let row = if array.len() == 1 { 0 } else { row };
        array.is_valid(row).then(|| array.value(row))
    }

    /// None are negative.
    fn count(&self, index: usize, row: usize) -> u64 {
        self.at(index, row).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    }

    /// Elements of a range.
    fn length(&self, row: usize) -> u64 {
        let first = if self.numbers.len() > 1 { self.at(0, row) } else { Some(0) };
        let last = self.at(usize::from(self.numbers.len() > 1), row);
        let (Some(first), Some(last)) = (first, last) else { return 0 };
        let step = self.step(row).unsigned_abs().max(1);
        (i128::from(last) - i128::from(first)).unsigned_abs().div_ceil(step).try_into().unwrap_or(u64::MAX)
    }

    fn step(&self, row: usize) -> i128 {
        let Some(array) = self.numbers.get(2) else { return 1 };
        let Some(spans) = array.as_primitive_opt::<IntervalMonthDayNanoType>() else {
            return i128::from(self.at(2, row).unwrap_or(1));
        };
        let span = spans.value(if spans.len() == 1 { 0 } else { row });
        (i128::from(span.months) * 28 + i128::from(span.days)) * DAY + i128::from(span.nanoseconds) / 1000
    }
}
