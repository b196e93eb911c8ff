package expr

import (
	"fmt"
	"math/bits"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// costs counts the steps of functions that compare the elements of a list with one another. CEL's own counting leaves out lists whose
// elements have no declared type, and ends an evaluation with "internal error" when the list is absent.
func costs() []cel.ProgramOption {
	ours := func([]ref.Val, ref.Val) *uint64 { return nil } // comparisons counts
	trackers := []interpreter.CostTrackerOption{interpreter.OverloadCostTracker("list_distinct", ours)}
	for _, t := range []*cel.Type{
		cel.IntType, cel.UintType, cel.DoubleType, cel.BoolType, cel.DurationType, cel.TimestampType, cel.StringType, cel.BytesType,
	} {
		trackers = append(trackers,
			interpreter.OverloadCostTracker(fmt.Sprintf("list_%s_sort", t.TypeName()), ours),
			interpreter.OverloadCostTracker(fmt.Sprintf("list_%s_sortByAssociatedKeys", t.TypeName()), ours))
	}
	return []cel.ProgramOption{cel.CostTracking(comparisons{}), cel.CostTrackerOptions(trackers...)}
}

// comparisons is interpreter.ActualCostEstimator.
type comparisons struct{}

// CallCost returns a step for each comparison of two elements, and nil for a function that compares none.
func (comparisons) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	var n, steps uint64
	if len(args) == 0 {
		return nil
	}
	if l, is := args[0].(traits.Lister); is {
		if size, is := l.Size().(types.Int); is {
			n = uint64(size)
		}
	}
	switch function {
	case "distinct":
		steps = 1 + n*n
	case "sort", "@sortByAssociatedKeys":
		steps = 1 + n*uint64(bits.Len64(n))
	default:
		return nil
	}
	return &steps
}
