//go:build !linux

package supervisor_test

import (
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// hostile does nothing hostile where nothing would keep it from it.
func hostile() *sdk.Connector { return sdktest.Fake() }
