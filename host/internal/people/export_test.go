package people

import "time"

// AtOnce makes answers wait for what was committed for so long.
func (p *People) AtOnce(patience time.Duration) { p.patience = patience }
