package interval

import "math"

// Drift is the design effect of counts by minute, as Effect is, for minutes that
// may drift: its uncertainty is known, so that an interval can be as much wider as
// it must be. Of the minutes' deviations only the slowest waves are taken, which is
// where minutes in a row that are alike show: their mean square is the variance of
// their sum (equal-weighted cosines; Lazarus, Lewis, Stock
// and Watson, HAR Inference: Recommendations for Practice, 2018). With so many
// waves the t distribution has as many degrees of freedom.
func Drift(minutes []Count) float64 {
	var bad, of float64
	for _, m := range minutes {
		bad, of = bad+float64(m.Bad), of+float64(m.Of)
	}
	if len(minutes) < 2 || bad == 0 || bad == of {
		return 1
	}
	share, n, sum := bad/of, float64(len(minutes)), 0.0
	for wave := 1; wave <= waves(len(minutes)); wave++ {
		part := 0.0
		for i, m := range minutes {
			part += math.Cos(math.Pi*float64(wave)*(float64(i)+0.5)/n) * (float64(m.Bad) - share*float64(m.Of))
		}
		sum += 2 * part * part
	}
	return max(leastDrift, sum/float64(waves(len(minutes)))/(of*share*(1-share)))
}

// leastDrift is what is believed at least: minutes that are all the same by chance,
// or by rounding, do not make an interval of no width.
const leastDrift = 0.1

// waves is how many are taken of so many minutes.
func waves(minutes int) int {
	return max(2, int(math.Round(0.4*math.Pow(float64(minutes), 2.0/3))))
}
