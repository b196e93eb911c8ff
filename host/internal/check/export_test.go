package check

import (
	"context"
)

// EndOf is endOf.
func EndOf(ctx context.Context) error { return endOf(ctx) }
