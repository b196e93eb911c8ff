package main

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// kmsPage is the size of a page of keys, the largest that KMS allows.
const kmsPage = 1000

// readKeys reads the customer's keys of a region. Keys of AWS are left out: AWS rotates them.
func readKeys(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	client, in := kms.NewFromConfig(p.Config), &kms.ListKeysInput{Limit: aws.Int32(kmsPage)}
	return cloud.Pages(ctx, "keys", client.ListKeys, in,
		func(in *kms.ListKeysInput, token *string) { in.Marker = token },
		func(out *kms.ListKeysOutput) ([]types.KeyListEntry, *string) {
			return out.Keys, cloud.Marker(out.Truncated, out.NextMarker)
		},
		func(list []types.KeyListEntry) error {
			return cloud.AtOnce(ctx, list, func(ctx context.Context, e types.KeyListEntry) error { return putKey(ctx, p, client, e, k) })
		})
}

// putKey sends a key. Without its details it cannot be told from a key of AWS, so it is a gap.
func putKey(ctx context.Context, p cloud.Place, client *kms.Client, e types.KeyListEntry, k *cloud.Sink) error {
	got, err := cloud.Ask(ctx, client.DescribeKey, &kms.DescribeKeyInput{KeyId: e.KeyId})
	if err == nil && got.KeyMetadata == nil {
		err = cloud.Absent("details of the key")
	}
	switch {
	case cloud.HasCode(err, "NotFoundException"):
		return nil // deleted since it was listed
	case err != nil:
		return k.Miss(ctx, "details of keys of "+p.String(), err)
	case got.KeyMetadata.KeyManager == types.KeyManagerTypeAws:
		return nil
	}
	rotated, err := rotationOf(ctx, client, got.KeyMetadata)
	if err := k.Miss(ctx, "rotation of keys of "+p.String(), err); err != nil {
		return err
	}
	doc := document(struct {
		types.KeyMetadata
		KeyRotationEnabled kind.Tri
	}{*got.KeyMetadata, rotated}, "CurrentKeyMaterialId")
	arn := cmp.Or(aws.ToString(got.KeyMetadata.Arn), aws.ToString(e.KeyArn))
	return k.Put(arn, kind.Resource{
		ExternalID: arn, Type: "kms.key", Name: cmp.Or(aws.ToString(got.KeyMetadata.Description), aws.ToString(e.KeyId)), Account: p.ID,
		Region: p.Region, CreatedAt: at(got.KeyMetadata.CreationDate), Vendor: doc,
	})
}

// rotationOf returns whether KMS rotates a key. It rotates only symmetric keys whose material it made, and says nothing
// of the others and of keys that are not in use.
func rotationOf(ctx context.Context, client *kms.Client, m *types.KeyMetadata) (kind.Tri, error) {
	symmetric := m.KeySpec == "" || m.KeySpec == types.KeySpecSymmetricDefault
	if !symmetric || m.Origin != "" && m.Origin != types.OriginTypeAwsKms {
		return kind.Unknown, nil
	}
	if m.KeyState == types.KeyStatePendingDeletion || m.KeyState == types.KeyStatePendingImport {
		return kind.Unknown, nil
	}
	got, err := cloud.Ask(ctx, client.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: m.KeyId})
	switch {
	case cloud.HasCode(err, "UnsupportedOperationException"):
		return kind.Unknown, nil
	case err != nil:
		return kind.Unknown, err
	}
	return kind.TriOf(got.KeyRotationEnabled), nil
}
