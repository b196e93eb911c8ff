package operation

import "context"

// Items is the answer of every list.
type Items[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Demo  bool   `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// Output is an answer with a body.
type Output[T any] struct{ Body T }

// One answers a value, or refuses.
func One[T any](value T, err error) (*Output[T], error) {
	if err != nil {
		return nil, Error(err)
	}
	return &Output[T]{Body: value}, nil
}

// List answers a page of a list, or refuses.
func List[T any](items []T, next string, err error) (*Output[Items[T]], error) {
	if err != nil {
		return nil, Error(err)
	}
	if items == nil {
		items = []T{}
	}
	return &Output[Items[T]]{Body: Items[T]{Items: items, Next: next}}, nil
}

// The handlers of use cases that need nothing but what is in a path or a body.

// Value answers what use returns.
func Value[T any](use func(context.Context) (T, error)) func(context.Context, *None) (*Output[T], error) {
	return func(ctx context.Context, _ *None) (*Output[T], error) { return One(use(ctx)) }
}

// ByRef answers what use returns for the connection in the path.
func ByRef[T any](use func(context.Context, string) (T, error)) func(context.Context, *RefParam) (*Output[T], error) {
	return func(ctx context.Context, in *RefParam) (*Output[T], error) { return One(use(ctx, in.Ref)) }
}

// ByID answers what use returns for the id in the path.
func ByID[T any](use func(context.Context, string) (T, error)) func(context.Context, *IDParam) (*Output[T], error) {
	return func(ctx context.Context, in *IDParam) (*Output[T], error) { return One(use(ctx, in.ID)) }
}

// ByBody answers what use returns for the body.
func ByBody[B, T any](use func(context.Context, B) (T, error)) func(context.Context, *Body[B]) (*Output[T], error) {
	return func(ctx context.Context, in *Body[B]) (*Output[T], error) { return One(use(ctx, in.Body)) }
}

// Removes answers nothing once use has removed what the id in the path names.
func Removes(use func(context.Context, string) error) func(context.Context, *IDParam) (*struct{}, error) {
	return func(ctx context.Context, in *IDParam) (*struct{}, error) {
		if err := use(ctx, in.ID); err != nil {
			return nil, Error(err)
		}
		return nil, nil
	}
}
