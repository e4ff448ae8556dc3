"""The words of the sample mail: subjects and sentences in several languages, and who writes to whom."""

PEOPLE = (
    ("Alice Arden", "alice@example.org"),
    ("Bob Berg", "bob@example.org"),
    ("Chloé Dubois", "chloe@example.net"),
    ("Dmitri Orlow", "dmitri@example.net"),
    ("Elif Yıldız", "elif@example.com"),
    ("藤原 文", "fumi@example.com"),
    ("Gül & Söhne GmbH", "buero@example.com"),
    ("Hana Nováková", "hana@example.org"),
)

# (language, charset, transfer encoding, subject, sentences)
CONVERSATIONS = (
    (
        "en",
        "utf-8",
        "8bit",
        "Garden fence along the north side",
        (
            "The second post from the gate has come loose again.",
            "I can bring the long drill on Saturday if somebody has screws.",
            "Let us use the galvanised ones this time, the others rusted within a year.",
            "Agreed. I will put the receipt into the shared folder.",
        ),
    ),
    (
        "en",
        "utf-8",
        "quoted-printable",
        "Reading group: next book",
        (
            "We have three suggestions so far – two novels and one history of maps.",
            "The library has five copies of the history, so nobody has to buy it.",
            "My vote goes to the maps. The chapter on islands that never existed is a joy.",
            "Then maps it is. First half until the twelfth?",
            "Works for me.",
        ),
    ),
    (
        "de",
        "iso-8859-1",
        "quoted-printable",
        "Rückfrage zur Heizkostenabrechnung",
        (
            "in der Abrechnung fehlt aus unserer Sicht der Zählerstand vom März.",
            "Den Stand haben wir abgelesen, er steht auf der Rückseite des Blattes.",
            "Vielen Dank, jetzt passt es. Wir überweisen bis zum Monatsende.",
        ),
    ),
    (
        "fr",
        "iso-8859-15",
        "quoted-printable",
        "Répétition de la chorale déplacée",
        (
            "la salle est occupée jeudi, nous répétons donc vendredi à 19 h.",
            "Très bien, j'apporterai les partitions et le café.",
            "Merci ! Pensez à la cotisation de 20 € pour la location du piano.",
        ),
    ),
    (
        "ru",
        "koi8-r",
        "8bit",
        "Фотографии с прогулки",
        (
            "посылаю снимки с воскресной прогулки вдоль реки.",
            "Замечательно получилось, особенно старый мост в тумане.",
        ),
    ),
    (
        "cs",
        "utf-8",
        "base64",
        "Jízdenky na víkend",
        (
            "koupila jsem čtyři místa ve vlaku v 7:42, vůz číslo tři.",
            "Skvělé, peníze ti pošlu ještě dnes večer.",
        ),
    ),
    (
        "ja",
        "iso-2022-jp",
        "7bit",
        "来月の展示会について",
        (
            "会場の図面を添付します。入口は南側になります。",
            "ありがとうございます。机は六台で足ります。",
        ),
    ),
    (
        "tr",
        "windows-1254",
        "quoted-printable",
        "Çeviri için küçük bir soru",
        (
            "üçüncü sayfadaki başlığı nasıl çevirmeliyiz?",
            "Bence kısa olan daha güzel, uzun hâli satıra sığmıyor.",
        ),
    ),
    (
        "el",
        "utf-8",
        "base64",
        "Πρόγραμμα του εργαστηρίου",
        (
            "σας στέλνω το πρόγραμμα για το εργαστήριο κεραμικής.",
            "Ευχαριστώ πολύ, θα έρθω και την Κυριακή.",
        ),
    ),
    (
        "en",
        "utf-8",
        "8bit",
        "Minutes of the allotment meeting",
        (
            "Please find the minutes attached; corrections until Friday.",
            "The water rota for August names plot 14 twice.",
            "Well spotted. Corrected, new version attached.",
        ),
    ),
)

LIST_SUBJECTS = (
    "Release 2.4 is out", "Patch: keep the file's own line ends", "Crash when the folder name has a dot",
    "Documentation day, notes", "Proposal: drop the old cache format", "Test run fails on a slow disk",
)  # fmt: skip
LIST_SENTENCES = (
    "Reproduced here with an empty folder and two threads reading at once.",
    "The attached change keeps the behaviour but needs one call less.",
    "Could you add a test that fails without it?",
    "Applied, thank you. It will be in the next release.",
    "I would rather see this as an option that is off by default.",
    "On a spinning disk the difference is about a factor of three.",
)
NEWS_SUBJECTS = ("What is in season", "Five walks for a wet week", "The museum after dark", "Bread without kneading")
NEWS_SENTENCES = (
    "Leeks and the first pumpkins have come in, and the last of the plums.",
    "A short path, a long one, and a bench with a roof on either.",
    "The doors stay open until midnight on the last Friday of the month.",
    "Flour, water, salt, and the patience of one night.",
)
