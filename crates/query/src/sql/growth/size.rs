//! Bytes that values take, of a part of an array only those of the part.

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;

pub(super) fn bytes(array: &dyn Array) -> u64 {
    let own = match array.data_type() {
        DataType::Utf8 => span(array.as_string::<i32>().value_offsets()),
        DataType::LargeUtf8 => span(array.as_string::<i64>().value_offsets()),
        DataType::Binary => span(array.as_binary::<i32>().value_offsets()),
        DataType::LargeBinary => span(array.as_binary::<i64>().value_offsets()),
        DataType::Utf8View => array.as_string_view().lengths().map(u64::from).sum(),
        DataType::BinaryView => array.as_binary_view().lengths().map(u64::from).sum(),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            of_elements(list.values(), list.value_offsets())
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            of_elements(list.values(), list.value_offsets())
        }
        DataType::FixedSizeList(..) => bytes(array.as_fixed_size_list().values()),
        DataType::Struct(_) => array.as_struct().columns().iter().map(|column| bytes(column)).sum(),
        other => (array.len() * other.primitive_width().unwrap_or(1)) as u64,
    };
    own + array.len() as u64
}

fn ends<O: Copy + TryInto<u64>>(offsets: &[O]) -> (u64, u64) {
    let at = |offset: Option<&O>| offset.and_then(|offset| (*offset).try_into().ok()).unwrap_or(0);
    (at(offsets.first()), at(offsets.last()))
}

fn span<O: Copy + TryInto<u64>>(offsets: &[O]) -> u64 {
    let (first, last) = ends(offsets);
    last - first
}

fn of_elements<O: Copy + TryInto<u64>>(elements: &dyn Array, offsets: &[O]) -> u64 {
    let (first, last) = ends(offsets);
    bytes(&*elements.slice(first as usize, (last - first) as usize))
}
