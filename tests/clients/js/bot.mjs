// The tests' bot on discord.js as its makers ship it; `../python/bot.py` is the same bot on discord.py.
//
// It reads DISCORD_API_URL and DISCORD_TOKEN, and writes what it observes to its output, one JSON object a line.
import { fileURLToPath } from "node:url";
import {
  ActionRowBuilder,
  ApplicationCommandType,
  ButtonBuilder,
  ButtonStyle,
  Client,
  ContextMenuCommandBuilder,
  DiscordAPIError,
  EmbedBuilder,
  Events,
  GatewayIntentBits,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";

const CARD = fileURLToPath(new URL("../card.png", import.meta.url));
const HACKS = ["energy-ball", "energy-flows", "eye-massage"];
const UNKNOWN_INTERACTION = 10062;
const ALREADY_ANSWERED = 40060;

/** Writes one line for the test to read. */
const tell = (event, facts = {}) => console.log(JSON.stringify({ event, ...facts }));

const title = (name) => name[0].toUpperCase() + name.slice(1);

const choices = () => [
  new ActionRowBuilder().addComponents(
    ["now", "later"].map((name) =>
      new ButtonBuilder().setCustomId(name).setLabel(title(name)).setStyle(ButtonStyle.Secondary),
    ),
  ),
  new ActionRowBuilder().addComponents(
    new StringSelectMenuBuilder()
      .setCustomId("pick")
      .setMaxValues(2)
      .addOptions(["sun", "moon", "star"].map((name) => ({ label: title(name), value: name }))),
  ),
];

const journal = () =>
  new ModalBuilder()
    .setCustomId("journal")
    .setTitle("Journal")
    .addLabelComponents(
      new LabelBuilder()
        .setLabel("Entry")
        .setTextInputComponent(
          new TextInputBuilder()
            .setCustomId("entry")
            .setStyle(TextInputStyle.Short)
            .setMinLength(3)
            .setMaxLength(20),
        ),
    );

const slash = (name, description) => new SlashCommandBuilder().setName(name).setDescription(description);

const definitions = [
  slash("ping", "Answers"),
  slash("echo", "Says it again").addStringOption((option) =>
    option.setName("text").setDescription("What").setRequired(true),
  ),
  slash("slow", "Asks for time, then answers twice"),
  slash("late", "Answers once its user says so"),
  slash("form", "Opens a form"),
  slash("buttons", "Shows buttons and a select"),
  slash("card", "Shows a picture"),
  slash("find", "Finds a hack").addStringOption((option) =>
    option.setName("hack").setDescription("Which").setRequired(true).setAutocomplete(true),
  ),
  slash("describe", "Takes one option of each kind")
    .addUserOption((option) => option.setName("who").setDescription("Who").setRequired(true))
    .addRoleOption((option) => option.setName("role").setDescription("Which role").setRequired(true))
    .addChannelOption((option) => option.setName("where").setDescription("Where").setRequired(true))
    .addAttachmentOption((option) => option.setName("file").setDescription("Which file").setRequired(true))
    .addIntegerOption((option) =>
      option.setName("times").setDescription("How often").setMinValue(1).setMaxValue(5),
    ),
  slash("letter", "Writes its user a letter"),
  slash("rename", "Gives a member another name")
    .addUserOption((option) => option.setName("who").setDescription("Who").setRequired(true))
    .addStringOption((option) => option.setName("name").setDescription("What name").setRequired(true)),
  slash("read", "Reads the latest two messages of a channel").addChannelOption((option) =>
    option.setName("where").setDescription("Where").setRequired(true),
  ),
  new ContextMenuCommandBuilder().setName("Greet").setType(ApplicationCommandType.User),
  new ContextMenuCommandBuilder().setName("Quote").setType(ApplicationCommandType.Message),
];

/** What the bot does, by the name of a command or the custom id of a component or form. */
const actions = {
  ping: (interaction) => interaction.reply("pong"),

  echo: (interaction) => interaction.reply(interaction.options.getString("text")),

  async slow(interaction) {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.followUp("first");
    await interaction.followUp("second");
  },

  async late(interaction) {
    await interaction.channel.awaitMessages({ filter: (message) => message.content === "now", max: 1 });
    await interaction.reply("too late");
  },

  form: (interaction) => interaction.showModal(journal()),

  journal: (interaction) => interaction.reply(`written: ${interaction.fields.getTextInputValue("entry")}`),

  buttons: (interaction) => interaction.reply({ content: "choose", components: choices() }),

  now: (interaction) => interaction.update(`pressed by ${interaction.user.username}`),

  async later(interaction) {
    await interaction.deferUpdate();
    await interaction.editReply("later it is");
  },

  pick: (interaction) =>
    interaction.update({ content: `picked ${interaction.values.join(", ")}`, components: [] }),

  card: (interaction) =>
    interaction.reply({
      embeds: [new EmbedBuilder().setTitle("Card").setColor(0x336699).setImage("attachment://card.png")],
      files: [CARD],
    }),

  async find(interaction) {
    if (!interaction.isAutocomplete()) return interaction.reply(`found ${interaction.options.getString("hack")}`);
    const typed = interaction.options.getFocused();
    const found = HACKS.filter((name) => name.startsWith(typed));
    return interaction.respond(found.map((name) => ({ name: name.toUpperCase(), value: name })));
  },

  async describe(interaction) {
    const { options } = interaction;
    const text = await (await fetch(options.getAttachment("file").url)).text();
    const names = [options.getUser("who").username, options.getRole("role").name, options.getChannel("where").name];
    await interaction.reply([...names, text, options.getInteger("times") ?? 1].join(", "));
  },

  async letter(interaction) {
    await interaction.user.send("a letter");
    await interaction.reply("sent");
  },

  async rename(interaction) {
    await interaction.options.getMember("who").setNickname(interaction.options.getString("name"));
    await interaction.reply("renamed");
  },

  async read(interaction) {
    const latest = await interaction.options.getChannel("where").messages.fetch({ limit: 2 });
    await interaction.reply(latest.map((message) => message.content).join(", "));
  },

  Greet: (interaction) => interaction.reply(`hello ${interaction.targetUser.username}`),

  Quote: (interaction) => interaction.reply(`> ${interaction.targetMessage.content}`),
};

/** Tells of a refusal, and tells the member where that is still possible; other errors are the bot's own. */
async function report(interaction, error) {
  if (!(error instanceof DiscordAPIError)) throw error;
  const { status, code } = error;
  tell("refused", { error: error.constructor.name, status, code, text: error.message });
  if (code !== UNKNOWN_INTERACTION && code !== ALREADY_ANSWERED) await interaction.reply(`refused: ${code}`);
}

const client = new Client({
  // discord.js adds the version itself.
  rest: { api: process.env.DISCORD_API_URL.replace(/\/v\d+$/, "") },
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMembers,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.GuildMessageReactions,
    GatewayIntentBits.MessageContent,
  ],
});

client.on(Events.InteractionCreate, async (interaction) => {
  try {
    await actions[interaction.commandName ?? interaction.customId](interaction);
  } catch (error) {
    await report(interaction, error);
  }
});

client.on(Events.MessageCreate, async (message) => {
  tell("message", { author: message.author.username, content: message.content });
  if (message.content === "hello") await message.react("👋");
});

client.on(Events.MessageReactionAdd, (reaction, user) =>
  tell("reaction", { user: user.username, emoji: reaction.emoji.name }),
);

client.on(Events.ShardResume, () => tell("resumed"));

client.once(Events.ClientReady, async () => {
  await client.application.commands.set(definitions);
  tell("ready", { guilds: client.guilds.cache.map((guild) => guild.name) });
});

await client.login(process.env.DISCORD_TOKEN);
