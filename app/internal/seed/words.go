package seed

// The shop's words. A name is "<quality> <use> <thing> <model>", so that
// searches of one word find many products and searches of several find few.

type department struct {
	name   string
	uses   []string
	things []string
	// prices in the shop's currency
	cheapest, dearest float64
}

var departments = []department{
	{
		"Computers",
		[]string{"Gaming", "Business", "Student", "Developer", "Creator", "Travel"},
		[]string{"Laptop", "Desktop", "Workstation", "Monitor", "Keyboard", "Mouse", "Docking Station", "Graphics Card", "Mini Computer", "Tablet"},
		19, 3500,
	},
	{
		"Electronics",
		[]string{"Wireless", "Bluetooth", "Portable", "Noise Cancelling", "Smart", "Rechargeable"},
		[]string{"Headphones", "Speaker", "Earbuds", "Charger", "Soundbar", "Radio", "Projector", "Power Bank", "Microphone", "Television"},
		15, 2200,
	},
	{
		"Phones",
		[]string{"Dual Sim", "Rugged", "Foldable", "Compact", "Senior", "Satellite"},
		[]string{"Smartphone", "Phone Case", "Screen Protector", "Phone Holder", "Selfie Stick", "Smartwatch", "Charging Cable", "Headset"},
		8, 1600,
	},
	{
		"Home & Kitchen",
		[]string{"Stainless", "Ceramic", "Cordless", "Induction", "Café", "Family"},
		[]string{"Espresso Machine", "Kettle", "Blender", "Toaster", "Frying Pan", "Knife Set", "Vacuum Cleaner", "Air Fryer", "Lamp", "Crème Brûlée Torch"},
		12, 900,
	},
	{
		"Sports",
		[]string{"Trail", "Indoor", "Racing", "Training", "Team", "Winter"},
		[]string{"Running Shoes", "Yoga Mat", "Dumbbell", "Bicycle", "Football", "Tennis Racket", "Ski Goggles", "Rowing Machine", "Helmet"},
		9, 1800,
	},
	{
		"Fashion",
		[]string{"Casual", "Slim Fit", "Vintage", "Summer", "Linen", "Leather"},
		[]string{"Jacket", "Jeans", "Dress", "Sneakers", "Backpack", "Belt", "Scarf", "Sunglasses", "Shirt", "Wallet"},
		10, 420,
	},
	{
		"Books",
		[]string{"Illustrated", "Annotated", "Pocket", "Collector's", "Beginner's", "Complete"},
		[]string{"Cookbook", "Atlas", "Novel", "Dictionary", "Biography", "Travel Guide", "Comic", "Poetry Collection"},
		5, 120,
	},
	{
		"Toys",
		[]string{"Wooden", "Educational", "Remote Control", "Musical", "Magnetic", "Plush"},
		[]string{"Train Set", "Puzzle", "Building Blocks", "Robot", "Dinosaur", "Board Game", "Drone", "Doll House"},
		6, 350,
	},
	{
		"Garden",
		[]string{"Solar", "Electric", "Weatherproof", "Foldable", "Battery", "Rustic"},
		[]string{"Lawn Mower", "Hose", "Chair", "Barbecue", "Greenhouse", "Hedge Trimmer", "Planter", "String Lights"},
		11, 1300,
	},
	{
		"Beauty",
		[]string{"Organic", "Sensitive", "Hydrating", "Travel", "Professional", "Vegan"},
		[]string{"Hair Dryer", "Face Cream", "Shampoo", "Razor", "Perfume", "Lipstick", "Electric Toothbrush", "Sunscreen"},
		4, 260,
	},
}

var qualities = []string{
	"Adaptive", "Advanced", "Amber", "Arctic", "Balanced", "Bold", "Bright", "Classic", "Clever", "Compact", "Crimson", "Dynamic", "Eco",
	"Elegant", "Essential", "Fast", "Featherlight", "Flexible", "Golden", "Handmade", "Heavy Duty", "Infinite", "Intelligent", "Lightweight",
	"Limited", "Lunar", "Luxury", "Midnight", "Modern", "Modular", "Natural", "Nordic", "Optimised", "Premium", "Pure", "Quiet", "Rapid",
	"Refined", "Robust", "Silent", "Sleek", "Superior", "Timeless", "Turbo", "Ultra", "Urban", "Versatile", "Vivid",
}

var brands = []string{
	"Acorn & Oak", "Ångström", "Aurora Labs", "Bläck", "Brightwater", "Café Noir", "Castellan", "Cedar Hill", "Contoso", "Corvus", "Danbury",
	"Eastwind", "Élan", "Fabrikam", "Fjällbo", "Foxglove", "Galvani", "Greyhound", "Halcyon", "Harrow", "Hoshi 星", "Ironbridge", "Jökull",
	"Juniper", "Kestrel", "Kōyō", "Larkspur", "Litware", "Łódka", "Lumen", "Marlowe", "Meridian", "Monarch", "Northwind", "Nova", "Nuñez",
	"Oakridge", "Onda", "Orbit", "Palisade", "Piñon", "Pioneer", "Quasar", "Quill", "Ravenna", "Redwood", "Rosenthal", "Sable", "Smørrebrød",
	"Solstice", "Straße 9", "Tailspin", "Tamarack", "Thistle", "Umbra", "Vanguard", "Verity", "Wingtip", "Wolverhampton", "Xenon", "Yellowtail",
	"Zephyr", "Zürich Works",
}
