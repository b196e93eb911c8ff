// Package layout is the only code that knows a key. It builds and cuts keys, encodes and
// decodes the stored values, and has small readers of them that work in a transaction of
// their caller. It holds no state.
//
// Text in a key is escaped (0x00 becomes 0x00 0xFF) and ends with 0x00 0x01, so that no
// name reaches into another's range and keys keep the order of their texts. Numbers are
// big-endian. A time that has to sort newest first is stored inverted.
//
// design.md of package journal lists all keys with their values.
package layout
