"""The texts and creators of made-up videos: data for the corpus."""

# ruff: noqa: RUF001  # letters of many scripts look alike
from __future__ import annotations

from typing import Final

#: How frequent the creators of a region are; every documented code gets one more.
REGION_WEIGHTS: Final[dict[str, int]] = {
    "US": 190, "ID": 90, "BR": 75, "MX": 50, "IN": 45, "GB": 45, "PH": 35, "VN": 35, "JP": 35, "RU": 30, "TH": 25,
    "DE": 25, "FR": 25, "TR": 20, "PK": 20, "SA": 15, "EG": 15, "ES": 15, "IT": 15, "KR": 12, "CA": 12, "AR": 10,
    "CO": 10, "MY": 10, "NG": 8, "PL": 8, "AU": 8, "UA": 6, "ZA": 6, "NL": 5,
}  # fmt: skip

#: Eight hashtags for any topic, the most frequent first.
COMMON_TAGS: Final = ("fyp", "foryou", "viral", "foryoupage", "trending", "xyzbca", "tiktok", "parati")

#: Hashtags of one topic, the most frequent first.
TOPICS: Final[tuple[tuple[str, ...], ...]] = (
    ("cat", "cats", "animal", "animals", "pet", "kitten", "catsoftiktok", "猫", "gato"),
    ("dog", "dogs", "animal", "animals", "pet", "puppy", "dogsoftiktok", "cachorro"),
    ("animals", "animal", "wildlife", "nature", "bird", "horse", "zoo"),
    ("dance", "music", "dancechallenge", "choreography", "kpop", "song"),
    ("music", "singer", "song", "guitar", "cover", "newmusic", "arianagrande"),
    ("cooking", "recipe", "food", "foodtok", "easyrecipe", "baking", "料理", "receita"),
    ("football", "sports", "soccer", "goal", "worldcup", "messi", "futbol"),
    ("travel", "nature", "beach", "travelvlog", "roadtrip", "旅行", "viagem"),
    ("climate", "climatechange", "environment", "weather", "science", "nature"),
    ("election", "politics", "vote", "news", "democracy", "pemilu"),
    ("health", "vaccine", "doctor", "mentalhealth", "covid19", "science"),
    ("fitness", "gym", "workout", "health", "motivation"),
    ("science", "stem", "math", "learnontiktok", "education", "physics"),
    ("comedy", "funny", "pov", "meme", "humor", "lucu"),
    ("fashion", "ootd", "style", "outfit", "makeup", "beauty"),
    ("gaming", "minecraft", "roblox", "gamer", "game"),
    ("capcut", "edit", "anime", "avengers", "celebrity"),
    ("school", "student", "teacher", "study", "education"),
    ("art", "drawing", "painting", "diy", "craft"),
    ("news", "ukraine", "economy", "jobs", "housing"),
)

#: Beginnings of descriptions by language. Some contain difficult text: a NUL, a line break, combining and joined
#: characters, a change of direction, quotes, markup.
OPENINGS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "wait for it 😂", "Catch it?", "I can't believe this happened", "POV: it's Monday again", "lol", "",
        "part 2 is on my page!", "Replying to a comment ❤️", "this took me 3 hours…", "day 12 of trying this",
        "so cute 🥺", "what do you think? 👇", "never again 💀", "Tutorial: step by step", "no caption", "",
        "how it started vs. how it's going", "my cat does this every morning", "the dog waited all day 🐶",
        "Easy dinner in 15 minutes 🍝", "try this recipe", "match highlights ⚽️", "get your facts before you vote",
        "new music!", "ask your doctor", "the weather is changing, here is why 🌍", "travel with me to the coast ✈️",
        "dance with us 💃🏽", "100% real & \"unedited\"", "he said <b>never</b> 🤷🏿‍♀️", "first line\nsecond line",
        "it's 5 o'clock; drop tables' names",
    ),
    "es": (
        "espera el final 😂", "mi gato otra vez 🐱", "¿qué opinan?", "receta fácil para hoy 🍲", "así empezó todo",
        "el mejor gol del año ⚽️", "día de playa 🏖️", "no puede ser 💀", "parte 2", "Música nueva, ¡escúchala!", "",
    ),
    "pt": (
        "olha isso 😂", "receita da vovó 🍰", "meu cachorro é assim 🐶", "que gol! ⚽️", "bom dia ☀️", "coração na mão",
        "quem mais é assim?", "parte 2 no perfil", "viagem dos sonhos ✈️", "",
    ),
    "id": (
        "tunggu sampai akhir 😂", "kucingku lucu banget 🐱", "resep mudah di rumah", "jalan-jalan ke pantai 🏝️",
        "siapa yang sama?", "bagian 2", "selamat pagi ☀️", "lagu baru 🎶", "",
    ),
    "ja": ("最後まで見てね😂", "うちの猫がかわいい🐱", "簡単レシピ🍳", "旅行の思い出✈️", "踊ってみた", "ｶﾜｲｲ", ""),
    "ko": ("끝까지 봐주세요 😂", "우리 강아지 🐶", "오늘의 요리 🍜", "춤춰봤어요", "여행 브이로그 ✈️", ""),
    "vi": ("xem đến cuối nhé 😂", "mèo nhà mình 🐱", "món ngon mỗi ngày 🍲", "du lịch cùng mình ✈️", ""),
    "th": ("ดูให้จบนะ 😂", "แมวของฉัน 🐱", "ทำอาหารง่ายๆ 🍳", "เที่ยวทะเล 🏝️", ""),
    "ru": ("смотри до конца 😂", "мой кот 🐱", "простой рецепт 🍲", "танцуем", "новости дня", "путешествие ✈️", ""),
    "uk": ("дивись до кінця 😂", "мій кіт 🐱", "новини дня", "рецепт борщу 🍲", ""),
    "ar": ("شاهد حتى النهاية 😂", "قطتي الجميلة 🐱", "وصفة سهلة 🍲", "السفر ✈️", "\u200fمباراة اليوم ⚽️", ""),
    "ur": ("آخر تک دیکھیں 😂", "میری بلی 🐱", "آسان ترکیب 🍲", ""),
    "hi": ("अंत तक देखें 😂", "मेरी बिल्ली 🐱", "आसान रेसिपी 🍛", "नया गाना 🎶", "चुनाव की खबर", ""),
    "de": ("warte bis zum Schluss 😂", "meine Katze schläft 🐱", "Rezept für heute 🍲", "Straße, Größe, Übung", ""),
    "fr": ("attends la fin 😂", "mon chat 🐱", "recette facile 🍲", "l'été arrive ☀️", "voyage à Paris ✈️", ""),
    "it": ("aspetta la fine 😂", "il mio gatto 🐱", "ricetta facile 🍝", "che gol! ⚽️", "perché no?", ""),
    "tr": ("sonuna kadar izle 😂", "İstanbul'da bir gün", "kedim 🐱", "kolay tarif 🍲", ""),
    "pl": ("poczekaj do końca 😂", "mój kot 🐱", "łatwy przepis 🍲", ""),
    "nl": ("wacht tot het einde 😂", "mijn kat 🐱", "makkelijk recept 🍲", ""),
}  # fmt: skip

#: About one video in some hundreds starts with one of these instead.
ODD_OPENINGS: Final = (
    "a NUL \x00 in the text", "e\u0301 is not \u00e9", "👨‍👩‍👧‍👦 family", "\u202eright to left\u202c", "\u200b",
    "\ufeffmarked", "Z̷a̷l̷g̷o̷", "tab\tand\r\nbreaks", "\u2028separated\u2029", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "𝓯𝓪𝓷𝓬𝔂 𝕥𝕖𝕩𝕥", "\x7f\x1b[31mred\x1b[0m",
)  # fmt: skip

#: The languages of the regions; English elsewhere.
LANGUAGES: Final[dict[str, str]] = {
    "ID": "id", "BR": "pt", "PT": "pt", "AO": "pt", "MX": "es", "ES": "es", "AR": "es", "CO": "es", "CL": "es",
    "PE": "es", "IN": "hi", "VN": "vi", "JP": "ja", "RU": "ru", "TH": "th", "DE": "de", "AT": "de", "FR": "fr",
    "TR": "tr", "PK": "ur", "SA": "ar", "EG": "ar", "IQ": "ar", "IT": "it", "KR": "ko", "PL": "pl", "UA": "uk",
    "NL": "nl",
}  # fmt: skip

#: Usernames are put together of these, as in "cookie_love_122".
NAME_PARTS: Final = (
    "cookie", "love", "sunny", "maria", "kai", "travel", "mr", "its", "the", "real", "luna", "tiger", "daily", "chef",
    "dance", "noah", "yuki", "ana", "budi", "omar", "lena", "star", "blue", "pixel", "happy", "mama", "gamer", "coach",
    "cat", "dr", "sweet", "official",
)  # fmt: skip

#: What is said in a video, where its speech was turned into text.
SPEECHES: Final = (
    "Hi everyone, welcome back to my page.", "So today I want to show you something.", "Okay, wait, look at the cat!",
    "First you cut the onions, then you add the rice.", "This is the best goal that I have seen this year.",
    "You asked me about the vaccine, so let's talk about it.", "Make sure that you are registered to vote.",
    "Here is what the climate report says.", "Five, six, seven, eight!", "Hola, ¿cómo están? Hoy vamos a cocinar.",
    "Olá, pessoal, tudo bem?", "今日は猫と遊びます。", "आज हम एक आसान रेसिपी बनाएंगे।", "Follow me for part two.",
)  # fmt: skip

#: The labels that the platform puts under a few videos.
LABELS: Final = (
    "Learn more about COVID-19 vaccines",
    "Get info on the elections",
    "The actions in this video are performed by professionals",
)

#: The first words of the names of effects.
EFFECT_NAMES: Final = ("Glow", "Old film", "Green screen", "Cat ears", "Slow zoom", "Bold glamour", "Rain", "Mirror")

#: Sixteen stickers.
STICKER_NAMES: Final = (
    "Heart", "Star", "Poll", "Question", "Countdown", "Birthday cake", "Fire", "Sparkles", "Arrow", "Sun", "Moon",
    "Sleepy cat", "Dancing dog", "Pizza", "Football", "World",
)  # fmt: skip

#: Values that are not of the documented type, by field, as users have met them; None: the field is not there.
ODD_VALUES: Final[tuple[tuple[str, object], ...]] = (
    ("music_id", ""), ("video_duration", "12s"), ("hashtag_names", ""), ("like_count", "1.2K"), ("effect_ids", "none"),
    ("is_stem_verified", "yes"), ("view_count", {}), ("video_description", 7), ("voice_to_text", []), ("id", None),
)  # fmt: skip
