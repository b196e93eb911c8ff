package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Ask calls an operation of AWS's library.
func Ask[In, Out, Options any](
	ctx context.Context, call func(context.Context, *In, ...func(*Options)) (*Out, error), in *In,
) (*Out, error) {
	out, err := call(ctx, in)
	if err != nil {
		return nil, callError(ctx, err)
	}
	return out, nil
}

// Pages calls an operation until its last page, and do with the items of each. Turn puts the token of the next page into
// the question, page takes the items and that token from an answer. An answer without its list is an error, and so is a
// list that repeats a token.
func Pages[In, Out, Options, T any](
	ctx context.Context, name string, call func(context.Context, *In, ...func(*Options)) (*Out, error), in *In,
	turn func(in *In, token *string), page func(*Out) ([]T, *string), do func([]T) error,
) error {
	var guard sdk.Pages
	var token *string
	for {
		if err := guard.Saw(aws.ToString(token), nil); err != nil {
			return err
		}
		turn(in, token)
		out, err := Ask(ctx, call, in)
		if err != nil {
			return err
		}
		items, next := page(out)
		if items == nil {
			return Absent("list of " + name)
		}
		if err := do(items); err != nil {
			return err
		}
		switch aws.ToString(next) {
		case "":
			return nil
		case lostMarker:
			return Absent("marker of the next page of " + name + ", though the list goes on")
		}
		token = next
	}
}

// OneByOne calls each for every item of a page.
func OneByOne[T any](each func(T) error) func([]T) error {
	return func(items []T) error {
		for _, item := range items {
			if err := each(item); err != nil {
				return err
			}
		}
		return nil
	}
}

// lostMarker stands for the marker that a truncated list should have and has not.
const lostMarker = "\x00"

// Marker returns the marker of the next page of a list that says whether it is truncated.
func Marker(truncated bool, marker *string) *string {
	switch {
	case !truncated:
		return nil
	case aws.ToString(marker) == "":
		return aws.String(lostMarker)
	}
	return marker
}

// Absent returns the error of an answer without what it should hold. That is not an empty list, and not no.
func Absent(what string) error {
	return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of AWS holds no %s", what)
}
