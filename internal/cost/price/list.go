package price

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// prefixRE is the region's code before a usage type: EUC1-, USE1-, EU-; that of
// us-east-1 is often left out. Source: AWS's page on region billing codes.
var prefixRE = pattern.New(`^[A-Z]{2,4}[0-9]?-`)

// usageTypes are AWS's names of what is metered, without the region's code, by
// the service's code in the Price List. Source: the offer files' attributes.
var usageTypes = map[string]map[string]Item{
	"AWSLambda":        {"Request": LambdaRequest, "Lambda-GB-Second": LambdaX86, "Lambda-GB-Second-ARM": LambdaARM},
	"AmazonApiGateway": {"ApiGatewayHttpRequest": APIHTTP, "ApiGatewayRequest": APIREST},
	"AmazonECS": {
		"Fargate-vCPU-Hours:perCPU": FargateX86CPU, "Fargate-GB-Hours": FargateX86GB,
		"Fargate-ARM-vCPU-Hours:perCPU": FargateARMCPU, "Fargate-ARM-GB-Hours": FargateARMGB,
	},
	"AWSELB":           {"LoadBalancerUsage": ALBHour, "LCUUsage": ALBCapacity},
	"AmazonEC2":        {"NatGateway-Hours": NATHour, "NatGateway-Bytes": NATGB},
	"AmazonVPC":        {"PublicIPv4:InUseAddress": AddressHour},
	"AmazonRDS":        {"RDS:ProxyUsage": ProxyCPU},
	"AWSDataTransfer":  {"DataTransfer-Out-Bytes": EgressGB},
	"AmazonCloudWatch": {"DataProcessing-Bytes": LogsGB},
	"AWSXRay":          {"XRay-TracesStored": Trace},
	"AmazonS3":         {"Requests-Tier1": S3Put, "Requests-Tier2": S3Get},
}

// billed are the services' names in Cost Explorer, by their code in the Price List.
var billed = map[string]string{
	"AWS Lambda": "AWSLambda", "Amazon API Gateway": "AmazonApiGateway", "Amazon Elastic Container Service": "AmazonECS", "Amazon Elastic Load Balancing": "AWSELB",
	"EC2 - Other": "AmazonEC2", "Amazon Virtual Private Cloud": "AmazonVPC", relational: "AmazonRDS", caching: "AmazonElastiCache", "AmazonCloudWatch": "AmazonCloudWatch",
	"AWS X-Ray": "AWSXRay", "Amazon Simple Storage Service": "AmazonS3",
}

// ItemOf is the item of a line of a bill: the service and the usage type as Cost
// Explorer names them. false is for what has no place in the table.
func ItemOf(service, usageType string) (Item, bool) {
	usage := prefixRE.ReplaceAllString(usageType, "")
	if usage == "DataTransfer-Out-Bytes" {
		return EgressGB, true
	}
	if usage == "Request-ARM" && service == "AWS Lambda" {
		return LambdaRequest, true
	}
	return itemOf(billed[service], usage)
}

func itemOf(code, usage string) (Item, bool) {
	if item, ok := usageTypes[code][usage]; ok {
		return item, true
	}
	family, kind, _ := strings.Cut(usage, ":")
	item := Item("")
	switch {
	case code == "AmazonRDS" && family == "InstanceUsage":
		item = Database(kind)
	case code == "AmazonElastiCache" && family == "NodeUsage":
		item = Cache(kind)
	}
	return item, item.Unit() != ""
}

// The shapes of AWS's Price List. Source: AWS Billing User Guide, "Reading the
// service price list files"; Price List API reference, GetProducts.
type (
	product struct {
		SKU        string            `json:"sku"`
		Family     string            `json:"productFamily"`
		Attributes map[string]string `json:"attributes"`
	}
	dimension struct {
		Unit  string            `json:"unit"`
		Begin string            `json:"beginRange"`
		Price map[string]string `json:"pricePerUnit"`
	}
	term struct {
		Dimensions map[string]dimension `json:"priceDimensions"`
	}
	// offer is an offer file: all products of a service.
	offer struct {
		Code      string                                `json:"offerCode"`
		Published string                                `json:"publicationDate"`
		Products  map[string]product                    `json:"products"`
		Terms     map[string]map[string]map[string]term `json:"terms"`
		// PriceList is there in what GetProducts answers instead: a document each.
		PriceList []string `json:"PriceList"`
	}
	// listed is one document of GetProducts.
	listed struct {
		Product   product                    `json:"product"`
		Code      string                     `json:"serviceCode"`
		Published string                     `json:"publicationDate"`
		Terms     map[string]map[string]term `json:"terms"`
	}
)

// MostList is how large a saved list may be; that of EC2 in one region is some
// hundred megabytes, so ask by usage type there.
const MostList = 512 << 20

const onDemand = "OnDemand"

// ParseList reads a saved offer file, or what aws pricing get-products printed.
// Products that cutover has no use for are left out.
func ParseList(name string, text []byte) ([]Price, error) {
	wrong := func(what string, err error) error {
		return &fault.Fault{Kind: fault.Input, Name: name, What: what, Err: err, Next: "Save an offer file, or what aws pricing get-products --output json prints; docs/cost.md has the commands."}
	}
	var o offer
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, wrong("is no JSON of AWS's Price List", err)
	}
	var all []listed
	switch {
	case o.PriceList != nil:
		for n, document := range o.PriceList {
			var l listed
			if err := json.Unmarshal([]byte(document), &l); err != nil {
				return nil, wrong(fmt.Sprintf("has no product at PriceList[%d]", n), err)
			}
			all = append(all, l)
		}
	case o.Code != "" && o.Products != nil:
		// In order, so that the same file has the same fault.
		for _, sku := range slices.Sorted(maps.Keys(o.Products)) {
			all = append(all, listed{o.Products[sku], o.Code, o.Published, map[string]map[string]term{onDemand: o.Terms[onDemand][sku]}})
		}
	default:
		return nil, wrong("is neither an offer file nor an answer of GetProducts", nil)
	}
	found := map[string]Price{}
	for _, l := range all {
		p, ok, err := l.price()
		if err != nil {
			return nil, wrong("cannot be read at the product "+l.Product.SKU, err)
		}
		key := p.Region + " " + string(p.Item)
		if was, twice := found[key]; ok && twice && was.rate != p.rate {
			return nil, wrong(fmt.Sprintf("has two prices of %s: %s and %s", key, was.USD, p.USD), nil)
		}
		if ok {
			found[key] = p
		}
	}
	prices := make([]Price, 0, len(found))
	for _, p := range found {
		prices = append(prices, p)
	}
	Table{Prices: prices}.sort()
	return prices, nil
}

// price is the product's entry; ok is false for one of no use here.
func (l listed) price() (p Price, ok bool, err error) {
	at := l.Product.Attributes
	item, ok := itemOf(l.Code, prefixRE.ReplaceAllString(at["usagetype"], ""))
	if !ok || !l.plain(item) || !regionRE.MatchString(l.region()) {
		return Price{}, false, nil
	}
	published, err := time.Parse(time.RFC3339, l.Published)
	if err != nil {
		return Price{}, false, fmt.Errorf("it has no publicationDate: %w", err)
	}
	rate, ok, err := l.rate()
	if err != nil || !ok {
		return Price{}, false, err
	}
	p = Price{Region: l.region(), Item: item, Unit: item.Unit(), USD: rate.String(), Date: published.UTC().Format(time.DateOnly), Source: "AWS Price List, " + l.Code, rate: rate}
	return p, true, p.check()
}

// region is where the product is sold; what leaves AWS is sold from a region.
func (l listed) region() string {
	if from := l.Product.Attributes["fromRegionCode"]; from != "" {
		return from
	}
	return l.Product.Attributes["regionCode"]
}

// plain leaves out what shares a usage type and is another product: Classic Load
// Balancers, other engines, other zones, transfer that stays inside.
func (l listed) plain(item Item) bool {
	at := l.Product.Attributes
	is := func(key string, allowed ...string) bool { return at[key] == "" || slices.Contains(allowed, at[key]) }
	switch {
	case item == ALBHour || item == ALBCapacity:
		return l.Product.Family == "Load Balancer-Application"
	case item == EgressGB:
		return is("toLocation", "External") && is("transferType", "AWS Outbound")
	case item.Service() == relational:
		return is("databaseEngine", "PostgreSQL") && is("deploymentOption", "Single-AZ")
	case item.Service() == caching:
		return is("cacheEngine", "Redis")
	case item == LogsGB:
		return is("group", "Ingested Logs")
	}
	return true
}

// rate is that of the lowest tier which costs something.
func (l listed) rate() (rate Rate, ok bool, err error) {
	lowest := -1.0
	for _, t := range l.Terms[onDemand] {
		for _, d := range t.Dimensions {
			r, err := ParseRate(d.Price["USD"])
			if err != nil {
				return 0, false, err
			}
			begin, err := strconv.ParseFloat(d.Begin, 64)
			if d.Begin == "" {
				begin, err = 0, nil
			}
			if err != nil {
				return 0, false, fmt.Errorf("beginRange %q is no number", d.Begin)
			}
			if r > 0 && (lowest < 0 || begin < lowest) {
				lowest, rate, ok = begin, r, true
			}
		}
	}
	return rate, ok, nil
}
