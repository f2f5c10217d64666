package evidence

import "math"

// logKernel returns log(xᵃ(1−x)ᵇ / B(a,b)). Written with logarithms of gamma
// functions it would lose nine digits at a million requests; so the deviance
// is taken apart as Loader does for binomial probabilities (2000), and what
// remains is small.
func logKernel(a, b, x float64) float64 {
	n := a + b
	deviance := deviation(a, n*x) + deviation(b, n*(1-x))
	return -deviance + 0.5*(math.Log(a)+math.Log(b/n)-math.Log(2*math.Pi)) - stirling(a) - stirling(b) + stirling(n)
}

// deviation returns a·log(a/m) + m − a, exact also where a is close to m.
func deviation(a, m float64) float64 {
	v := (a - m) / (a + m)
	if math.Abs(v) > 0.1 {
		return a*math.Log(a/m) + m - a
	}
	sum, term, square := (a-m)*v, 2*a*v, v*v
	for k := 3.0; ; k += 2 {
		term *= square
		next := sum + term/k
		if next == sum {
			return sum
		}
		sum = next
	}
}

// stirling returns log Γ(x) − ((x−½)·log x − x + ½·log 2π).
func stirling(x float64) float64 {
	shift := 0.0
	for x < 15 {
		shift += (x+0.5)*math.Log1p(1/x) - 1
		x++
	}
	s := 1 / (x * x)
	return shift + (1.0/12-(1.0/360-(1.0/1260-(1.0/1680-(1.0/1188-691.0/360360*s)*s)*s)*s)*s)/x
}

// logTails returns the logarithms of the regularised incomplete beta function
// I_x(a,b) and of 1 − I_x(a,b). The smaller one comes from the continued
// fraction, so both are exact however small they are.
func logTails(a, b, x float64) (lower, upper float64) {
	if x < (a+1)/(a+b+2) {
		lower = logKernel(a, b, x) - math.Log(a) + math.Log(fraction(a, b, x))
		return lower, logRest(lower)
	}
	upper = logKernel(a, b, x) - math.Log(b) + math.Log(fraction(b, a, 1-x))
	return logRest(upper), upper
}

// logRest returns log(1 − eˣ).
func logRest(x float64) float64 {
	if x > -math.Ln2 {
		return math.Log(-math.Expm1(x))
	}
	return math.Log1p(-math.Exp(x))
}

// steps bounds the continued fraction: it needs about √n of them, which is
// 20,000 for 400 million requests.
const steps = 200_000

// fraction is the continued fraction of the incomplete beta function (DLMF
// 8.17.22) by Lentz's method as Thompson and Barnett modified it.
func fraction(a, b, x float64) float64 {
	const tiny, eps = 1e-300, 1e-16
	guard := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/guard(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m < steps; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / guard(1+even*d)
		c = guard(1 + even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / guard(1+odd*d)
		c = guard(1 + odd/c)
		h *= d * c
		if math.Abs(d*c-1) < eps {
			break
		}
	}
	return h
}
