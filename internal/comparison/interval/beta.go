package interval

import "math"

// binomial is the chance of at most k of n, each with chance p.
func binomial(k, n int64, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n:
		return 1
	}
	return beta(1-p, float64(n-k), float64(k+1))
}

// beta is the regularised incomplete beta function, by the continued fraction of
// DLMF 8.17.22 (https://dlmf.nist.gov/8.17) and Lentz's method.
func beta(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - beta(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const enough = 1e-15
	c, d := 1.0, safe(1-(a+b)*x/(a+1))
	d = 1 / d
	h := d
	for m := 1.0; m < 100_000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / safe(1+even*d)
		c = safe(1 + even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / safe(1+odd*d)
		c = safe(1 + odd/c)
		h *= d * c
		if math.Abs(d*c-1) < enough {
			break
		}
	}
	return min(1, front*h)
}

// safe keeps a denominator from being none.
func safe(f float64) float64 {
	const tiny = 1e-300
	if math.Abs(f) < tiny {
		return tiny
	}
	return f
}

// quantile is the inverse of beta in x.
func quantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 200 {
		middle := (low + high) / 2
		if middle == low || middle == high {
			break
		}
		if beta(middle, a, b) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// normal is the quantile of the normal distribution.
func normal(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// student is the quantile of the t distribution, for p of at least a half.
func student(p, degrees float64) float64 {
	x := quantile(2*(1-p), degrees/2, 0.5)
	return math.Sqrt(degrees * (1 - x) / x)
}
