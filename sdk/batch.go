package sdk

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// batch is records that wait to be sent. They wait as they go over the wire, in
// room that is used again for the next batch: as messages of their own they would
// all be allocated, only to be written and thrown away.
type batch struct {
	records []byte // the field "records" of a Batch, once per record
	size    int    // what the records count against the limits
}

// batchRecords is the number of that field in connector.proto.
const batchRecords = 3

// sizeOf is what a record counts: its text, and the envelope generously.
func sizeOf(r *connectorv1.Record) int { return len(r.GetKey()) + len(r.GetPayload()) + 32 }

// add appends a record and keeps nothing of it.
func (b *batch) add(r *connectorv1.Record) error {
	out := protowire.AppendTag(b.records, batchRecords, protowire.BytesType)
	out = protowire.AppendVarint(out, uint64(proto.Size(r)))
	out, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(out, r)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	b.records = out
	b.size += sizeOf(r)
	return nil
}

// message returns the batch as a message, good until the next call. What is
// written already goes in as a field that protobuf was not told of: such a field
// is sent as it is, and who receives it knows it.
func (b *batch) message(stream string, number uint64) *connectorv1.SyncResponse {
	m := &connectorv1.Batch{Stream: stream, Number: number}
	m.ProtoReflect().SetUnknown(b.records)
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Batch{Batch: m}}
}

// clear forgets the records and keeps their room.
func (b *batch) clear() { b.records, b.size = b.records[:0], 0 }
