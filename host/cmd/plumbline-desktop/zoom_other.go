//go:build desktop && !linux

package main

import (
	"context"
	"fmt"

	window "github.com/wailsapp/wails/v2/pkg/runtime"
)

// setZoom shows the page at a percentage of its size. Wails has no call for that, so the
// page does it.
func setZoom(ctx context.Context, percent int) {
	window.WindowExecJS(ctx, fmt.Sprintf("document.documentElement.style.zoom = '%d%%'", percent))
}
