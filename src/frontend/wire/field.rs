//! Reads encoded messages field by field, so that unknown fields are kept
//! (<https://protobuf.dev/programming-guides/encoding>).

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field};

/// A field of an encoded message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::frontend) struct Field<'a> {
    pub(in crate::frontend) tag: u32,
    /// The whole field.
    pub(in crate::frontend) bytes: &'a [u8],
    /// The bytes of a string or message; empty for a number.
    pub(in crate::frontend) value: &'a [u8],
}

impl Field<'_> {
    /// The same field with a different value.
    pub(in crate::frontend) fn with(&self, value: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes.len().max(value.len()));
        encode_key(self.tag, WireType::LengthDelimited, &mut bytes);
        encode_varint(value.len() as u64, &mut bytes);
        bytes.extend_from_slice(value);
        bytes
    }
}

/// The fields of an encoded message, including unknown ones, in their order.
pub(in crate::frontend) fn fields(message: &[u8]) -> Result<Vec<Field<'_>>, DecodeError> {
    let mut fields = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let start = rest;
        let (tag, wire_type) = decode_key(&mut rest)?;
        let content = rest;
        skip_field(wire_type, tag, &mut rest, DecodeContext::default())?;
        let mut value: &[u8] = &[];
        if wire_type == WireType::LengthDelimited {
            value = &content[..content.len() - rest.len()];
            decode_varint(&mut value)?;
        }
        fields.push(Field { tag, bytes: &start[..start.len() - rest.len()], value });
    }
    Ok(fields)
}

/// Applies `change` to each field of an encoded message. Fields for which it returns nothing are removed.
pub(in crate::frontend) fn changed(
    message: &[u8],
    change: impl FnMut(Field<'_>) -> Result<Vec<u8>, DecodeError>,
) -> Result<Vec<u8>, DecodeError> {
    let changed: Vec<Vec<u8>> = fields(message)?.into_iter().map(change).collect::<Result<_, _>>()?;
    Ok(changed.concat())
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::MapEntry;
    use super::{Field, changed, fields};

    #[test]
    fn fields_known_or_not() {
        // a number, eight bytes, a string, a group, four bytes
        let message =
            [&[8, 0x96, 1, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 2][..], b"ab", &[0x23, 8, 1, 0x24, 0x2d, 1, 2, 3, 4]]
                .concat();
        let found = fields(&message).unwrap();
        assert_eq!(found.iter().map(|field| field.tag).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(found.iter().map(|field| field.bytes).collect::<Vec<_>>().concat(), message);
        assert_eq!(found[2], Field { tag: 3, bytes: b"\x1a\x02ab", value: b"ab" });
        assert_eq!(found[0].value, b"");
        for cut in [1, 4, 13, 15, 17] {
            assert!(fields(&message[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn fields_that_change() {
        let entry = MapEntry { key: "k".to_owned(), value: "v".to_owned() };
        let message = [entry.encode_to_vec(), vec![0x18, 1]].concat();
        let text = "x".repeat(200);
        let longer = changed(&message, |field| {
            Ok(if field.tag == 2 { field.with(text.as_bytes()) } else { field.bytes.to_vec() })
        });
        let longer = longer.unwrap();
        assert_eq!(MapEntry::decode(longer.as_slice()).unwrap(), MapEntry { value: text, ..entry });
        assert!(longer.ends_with(&[0x18, 1]));
        let shorter =
            changed(&message, |field| Ok(if field.tag == 2 { Vec::new() } else { field.bytes.to_vec() })).unwrap();
        assert_eq!(shorter, [0x0a, 1, b'k', 0x18, 1]);
    }
}
